export const examples = `  flux-ultra auth login                                    keep your API key
  flux-ultra "a japanese garden at dawn" -o garden.jpg     one image
  flux-ultra "a red bicycle" --count 4 -o bikes/           four to choose from
  flux-ultra --from garden.jpg --count 2 -o more/          others of its prompt
  flux-ultra batch prompts.txt -o out/ --dry-run           a file: what it costs
  flux-ultra --sandbox "a red bicycle"                     no key, no cost`;

/** What `--help` prints: one screen of 24 rows by 80 columns, with a row left for what is typed next. */
export const firstScreen = `Usage: flux-ultra [options] "<prompt>"     an image of 4 megapixels: $0.06
       flux-ultra <command> …              options: flux-ultra help <command>

Examples:
${examples}

Commands:
  images   batch  resume  runs  show  verify  gallery  export
  money    spend  balance
  set-up   models  auth  config  doctor  sandbox  completion  schema

Options (all of them: flux-ultra help options; everything: --help --all):
  -o, --output <path>   file, or folder/   -n, --count <n>     several images
  -s, --seed <n>        same image again   -m, --model <id>    another model
  -i, --image <path>    start from it      --from <image>      its prompt, seed
  --max-cost <usd>      spend at most      --dry-run           plan, buy nothing
  -y, --yes             no questions       --json              for programs
More: flux-ultra help exit-codes, or environment, or output
`;

/** What the command without anything says on a terminal. */
export const shortHelp = `Say what to make, in quotes:
  flux-ultra "a serene japanese garden at dawn" -o garden.jpg
Free of charge, without a key:
  flux-ultra --sandbox "a serene japanese garden" -o garden.jpg
Keep a key: flux-ultra auth login
An image for each line of a file: flux-ultra batch prompts.txt --dry-run
Bring what was cut short: flux-ultra resume
Everything else: flux-ultra --help
`;
