package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
)

//go:embed static
var staticFiles embed.FS

// assets are the static files by name, with the address that each has while its
// content is what it is, so that browsers may keep it for ever.
var assets = hashAssets()

func hashAssets() map[string]string {
	names, err := fs.Glob(staticFiles, "static/*")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	addresses := map[string]string{}
	for _, name := range names {
		data, err := staticFiles.ReadFile(name)
		if err != nil {
			panic(err) // it is embedded
		}
		sum := sha256.Sum256(data)
		addresses[name[len("static/"):]] = "/" + name + "?v=" + hex.EncodeToString(sum[:6])
	}
	return addresses
}

// asset is the address of a static file.
func asset(name string) string { return assets[name] }

// serveStatic answers below /static/.
func serveStatic() http.Handler {
	files := http.FileServerFS(staticFiles)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, known := assets[r.PathValue("name")]; !known {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		files.ServeHTTP(w, r)
	})
}
