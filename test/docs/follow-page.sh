# Read by bash before the page that it runs: what a reader of the documentation has at hand.

# Notes with what each command ended, and where on the page it stands.
flux-ultra() {
	local code=0 at=0
	case "$*" in
	"auth login") program "$@" <<< rf_typed_by_hand || code=$? ;;
	*"--fault list"* | *"--as list"*) program "$@" || code=$? ;;
	"sandbox "*) until_ready "$@" --port 0 || code=$? ;;
	*--callback-url*) program "$@" --dry-run || code=$? ;; # nothing calls out of this machine
	*--watch*) until_ready "$@" || code=$? ;;
	*) program "$@" || code=$? ;;
	esac
	until [[ ${BASH_SOURCE[at + 1]} == "$0" ]]; do at=$((at + 1)); done
	note "${BASH_LINENO[at]}" "$code" "flux-ultra $*"
	return "$code"
}

program() {
	"$NODE" "$BIN" "$@"
}

# A server: its first line says that it is there, and Ctrl-C ends it.
until_ready() {
	local ready server
	exec {ready}< <(exec "$NODE" "$BIN" "$@")
	server=$!
	read -r -u "$ready"
	kill -INT "$server"
	cat <&"$ready" > /dev/null
	wait "$server"
}

note() {
	printf '%s\t%s\t%s\n' "$1" "$2" "${3//[$'\n\t']/ }" >> "$HOME/exits"
}

# What other programs ended with.
trap 'ended=$?; [[ $BASH_COMMAND == return* ]] || note "$LINENO" "$ended" "$BASH_COMMAND"' ERR

# Programs that change this machine, or that not every one has.
npm() { :; }
npx() { "$@"; }
pbpaste() { echo "a lighthouse in fog"; }
magick() { cat > "${*: -1}"; }
printf '#!/bin/sh\n' > "$HOME/programs/xdg-open"
chmod +x "$HOME/programs/xdg-open"

# What the pages speak of as the reader's own.
printf 'a lighthouse in fog\na harbour at dusk\n' > prompts.txt
printf 'sku,name,colour\nA1,mug,red\nA2,lamp,blue\n' > products.csv
printf 'prompt\na mountain at dusk\n' > rows.csv
if grep -qE 'shots|report|photo|garden' "$0"; then
	program -q batch prompts.txt -o "shots/{index}.jpg" --report report.csv > /dev/null
	cp shots/1.jpg photo.jpg
	grep -q -- "-o garden.jpg" "$0" || cp shots/1.jpg garden.jpg
fi
mkdir "$HOME/Downloads" best
echo 1.jpg > "$HOME/Downloads/stars.txt"
echo '{"prompt":"a lighthouse in fog","image":"1.jpg"}' > "$HOME/Downloads/stars.jsonl"
