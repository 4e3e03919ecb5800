# Completion of flux-ultra for bash, by this line in ~/.bashrc: source <(flux-ultra completion bash)
# It runs in bash 3.2 too, which macOS has. Nothing that was typed is ever evaluated.
_flux_ultra() {
	local part whole= joins= prefix value about
	local words=()
	for part in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
		# Bash parts --format=png, and post:cut, at the sign.
		if [[ $part == [=:] && -n $whole ]]; then
			whole+=$part joins=1
		elif [[ -n $joins ]]; then
			whole+=$part joins=
		else
			[[ -n $whole ]] && words+=("$whole")
			whole=$part
		fi
	done
	words+=("$whole")
	part=${COMP_WORDS[COMP_CWORD]}
	[[ $part == [=:] ]] && part=
	prefix=${whole%"$part"}
	COMPREPLY=()
	while IFS=$'\t' read -r value about; do
		if [[ $value != :files ]]; then
			COMPREPLY+=("${value#"$prefix"}")
		elif type compopt &> /dev/null; then
			compopt -o default
		else
			while read -r value; do
				COMPREPLY+=("$value")
			done < <(compgen -f -- "$part")
		fi
	done < <(flux-ultra __complete "${words[@]}" 2> /dev/null)
}
complete -F _flux_ultra flux-ultra
