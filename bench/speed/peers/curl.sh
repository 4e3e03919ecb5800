#!/bin/sh
# sh curl.sh PROMPT FILE: the loop that one writes by hand. No checks, no resuming, a look each two seconds.
set -eu
auth="Authorization: Bearer $RUNFLOW_API_KEY"
runs=$FLUX_ULTRA_API_URL/v1/runs
id=$(jq -n --arg prompt "$1" '{input: {prompt: $prompt}}' |
	curl -sS -f -H "$auth" -H 'Content-Type: application/json' --data-binary @- \
		"$FLUX_ULTRA_API_URL/v1/models/black-forest-labs/flux-1-1-pro-ultra/runs" | jq -r .id)
while :; do
	run=$(curl -sS -f -H "$auth" "$runs/$id")
	[ "$(printf %s "$run" | jq -r .status_code)" = succeeded ] && break
	sleep 2
done
curl -sS -f -o "$2" "$(printf %s "$run" | jq -r '.output.outputs[0].url')"
