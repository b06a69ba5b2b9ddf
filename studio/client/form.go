package client

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
)

// formOf is a multipart body of fields and a file.
func formOf(name string, file io.Reader, fields [][2]string) (body []byte, contentType string, err error) {
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	for _, f := range fields {
		if err := w.WriteField(f[0], f[1]); err != nil {
			return nil, "", fmt.Errorf("write form: %w", err)
		}
	}
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		return nil, "", fmt.Errorf("write form: %w", err)
	}
	if _, err := io.Copy(part, file); err != nil {
		return nil, "", fmt.Errorf("read %s: %w", name, err)
	}
	if err := w.Close(); err != nil {
		return nil, "", fmt.Errorf("write form: %w", err)
	}
	return out.Bytes(), w.FormDataContentType(), nil
}
