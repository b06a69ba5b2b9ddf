// Package studio is the domain of the workspace in which a company uses
// Ichimai: projects and their members, pictures that were given with the rights
// to them, concepts learned from those, jobs, pictures that were drawn, their
// review, and the record of who did what.
//
// A file holds one noun: its type, its constants and Validate, which says in
// English and Japanese what is wrong with a value. The package knows no
// database and no network. [Store] is the seam to what keeps the nouns: a
// store passes the conformance suite of package storetest.
//
// # Identity and time
//
// Ids come from [IDs], times from [Clock]; tests set both. An id is a UUID of
// version 7, so ids sort by the time they were made. A time is in UTC with
// millisecond precision. The zero time means "not yet" or "never".
//
// # Belonging
//
// What belongs to a project carries its ProjectID, and a store takes the
// project's id wherever it is asked for one. A thing that is asked for through
// another project's id is not found, exactly as if it did not exist.
//
// # Files
//
// Bytes are kept apart, under the hash of their content (see package files).
// Fields whose name ends in Blob hold that hash: 64 lower-case hexadecimal
// digits of SHA-256, or "" where there is no file.
package studio
