# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Checks what `cgnctl --yang` prints: by yanglint with the modules of RFC 8512 and 8513 where these RFCs are, and always
# against the other commands of cgnctl.

# yang_modules RFCS DIRECTORY: take the modules out of the RFCs; false: something is missing
yang_modules() {
	local rfc examples=/usr/share/doc/libyang2-tools/examples
	for rfc in 8512:ietf-nat@2019-01-10 8513:ietf-dslite@2019-01-10; do
		[ -f "$1/rfc${rfc%%:*}.txt" ] || return 1
		# Without the lines and the page breaks of the RFC's pages.
		awk '/<CODE BEGINS>/ { code = 1; next } /<CODE ENDS>/ { code = 0 } code' "$1/rfc${rfc%%:*}.txt" |
			grep -vE '^(Boucadair, et al|RFC 85[0-9]+ )' | tr -d '\f' | cat -s >"$2/${rfc##*:}.yang"
	done
	cp "$examples/ietf-interfaces.yang" "$examples/iana-if-type.yang" "$2"
}
# yang_holds [TEXT]: what is printed is valid, says the same as other commands, and has this text
yang_holds() {
	mkdir -p "$work/yang"
	ctl --yang >"$work/yang/state.json"
	/usr/bin/python3 "$here/yang.py" "$work/yang/state.json" "$build/cgnctl" "$prefix"
	grep -q -- "${1:-ietf-nat:nat}" "$work/yang/state.json"
	if yang_modules "${CGN_RFCS:-$here/../../../shared/spec/rfcs}" "$work/yang"; then
		yanglint -p "$work/yang" -t data "$work/yang"/ietf-{nat,dslite}@*.yang "$work/yang/state.json"
	else
		echo "no modules, so yanglint does not check it"
	fi
}
