package main

import "github.com/ichimai/ichimai/provenance"

// sheetMetadata is what a sheet of drawn pictures says of itself; source is
// one of provenance's terms.
func sheetMetadata(source string) map[string]string {
	return map[string]string{"Software": "ichimai", provenance.XMPKeyword: provenance.XMP(provenance.Statement{Source: source})}
}
