# Completion of flux-ultra for PowerShell, by this line in $PROFILE: flux-ultra completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName flux-ultra -ScriptBlock {
	param($typed, $line, $cursor)
	$words = @($line.CommandElements | Select-Object -Skip 1 |
		Where-Object { $_.Extent.StartOffset -lt $cursor } | ForEach-Object { $_.ToString() })
	# Versions before 7.3 drop an argument that is empty.
	if ($typed -eq '') { $words += '""' }
	flux-ultra __complete @words 2> $null | ForEach-Object {
		$value, $about = $_ -split "`t", 2
		# Without an answer PowerShell completes files by itself.
		if ($value -ne ':files') {
			if (-not $about) { $about = $value }
			[System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $about)
		}
	}
}
