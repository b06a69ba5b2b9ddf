package api

import "context"

// reader is for whom an answer is: its methods show what has words in both
// languages in the one language that was asked for.
type reader struct{ language string }

func readerOf(ctx context.Context) reader { return reader{languageOf(visitOf(ctx).request)} }
