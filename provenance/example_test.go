package provenance_test

import (
	"bytes"
	"fmt"
	"log"
	"os"

	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/provenance"
)

// A picture is stamped for publication, and a reader who was given the root
// certificate finds out that somebody changed it.
func Example() {
	dir, err := os.MkdirTemp("", "signer")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	signer, err := provenance.OpenSigner(dir, provenance.SignerOptions{Organisation: "Acme"})
	if err != nil {
		log.Fatal(err)
	}
	var file bytes.Buffer
	if err := picture.EncodePNG(&file, picture.Filled(64, 64, 200, 30, 30), nil); err != nil {
		log.Fatal(err)
	}
	stamped, err := signer.Stamp(file.Bytes(), provenance.Statement{Model: "demo", Owner: "© Acme"})
	if err != nil {
		log.Fatal(err)
	}
	for _, data := range [][]byte{stamped, bytes.Replace(stamped, []byte(`"dc:rights":"© Acme"`), []byte(`"dc:rights":"© Evil"`), 1)} {
		report, err := provenance.Verify(data, signer.Roots())
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s, owner %q\n", report.State, report.Manifest.Statement.Owner)
		for _, p := range report.Problems {
			fmt.Println(p.What())
		}
	}
	// Output:
	// trusted, owner "© Acme"
	// invalid, owner ""
	// The manifest is not built as C2PA says: the parts of the file that carry it.
	// A statement was changed after signing: cawg.metadata.
}
