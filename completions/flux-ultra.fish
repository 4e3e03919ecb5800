# Completion of flux-ultra for fish: flux-ultra completion fish > ~/.config/fish/completions/flux-ultra.fish
function __flux_ultra_complete
	set -l words (commandline -opc)
	set -l typed (commandline -ct)
	for line in (flux-ultra __complete $words[2..-1] "$typed" 2> /dev/null)
		if test "$line" = :files
			set -l prefix (string match -r -- '^--[^=]*=' "$typed")
			for path in (__fish_complete_path (string replace -- "$prefix" '' "$typed"))
				echo "$prefix$path"
			end
		else
			echo $line
		end
	end
end
complete -c flux-ultra -f -k -a '(__flux_ultra_complete)'
