// Package api is the studio's HTTP interface: JSON over HTTP for programs and
// pages alike, described by an OpenAPI 3.1 document that is made from the Go
// types of this package.
//
//	/api/v1/...         the operations; one file of this package a noun
//	/api/openapi.json   the document
//	/api/docs           the document as a page, in English and Japanese
//
// The package translates between HTTP and package workspace and holds no rule
// of its own: who may do what, what is valid and what is recorded is decided
// there.
//
// # Who asks
//
// A program sends an API token ("Authorization: Bearer ..."). A browser sends
// its session's cookie; then Origin or Sec-Fetch-Site has to say that the
// request comes from the studio's own pages, and a method that changes
// something needs the header X-CSRF-Token with the value that [CSRFToken]
// derives from the session and that GET /api/v1/session tells.
//
// # Doing things once
//
// A request that changes something may carry the header Idempotency-Key. A
// repeat with the same key gets the answer of the first and does nothing; the
// same key on another request is a conflict, and so is a repeat while the first
// still runs. Only what succeeded is kept: what failed has changed nothing and
// may be tried again with the same key. An answer that holds a secret is not
// kept; its repeat is a conflict that says so.
//
// # Errors
//
// An error is a [Problem] (RFC 9457) of type application/problem+json, with the
// code of package studio and a message in the language of Accept-Language.
//
// # Lists
//
// A list comes in pages. The header Link leads to the next (RFC 8288).
package api
