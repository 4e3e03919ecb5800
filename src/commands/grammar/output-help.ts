export const outputHelp = `Output:
  stdout has results only: the path of each image, one JSON record a line with
  --json, the image itself with -o -. On a terminal the path is part of what
  stderr says. Everything for eyes is on stderr; --quiet leaves errors there.

  Records: status is saved, skipped (on disk already), submitted (--no-wait),
  pending (not waited for, or not known whether it was bought), failed, planned
  (--dry-run) or error (the command ended before any image). charged, yes, no
  or unknown: whether this command bought it. cost_usd: what this command
  spent; paid_usd: what the image cost. Every name: flux-ultra schema

  Names of files: without -o made of prompt and seed. -o takes a file, a folder
  (that exists, or ends in /), or a template of {index} {seed} {slug} {model}
  {run} {date} {ext}, with --each {1} {2} for what was chosen; in a batch each
  column of the row too. No file is replaced without --force.

  What is paid is never lost: after any exit but 0, flux-ultra resume.
`;
