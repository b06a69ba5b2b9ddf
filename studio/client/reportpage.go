package client

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// Trials lists the trials.
func (p *Project) Trials(ctx context.Context, page Page) (List[Trial], error) {
	return get[List[Trial]](ctx, p.client, p.path("trials"), page.into(nil))
}

// Trial returns a trial as it stands.
func (p *Project) Trial(ctx context.Context, id string) (Trial, error) {
	return get[Trial](ctx, p.client, p.path("trials", id), nil)
}

// CloseTrial ends a trial with what is concluded from it. Pictures that were drawn
// and not approved then count as not used.
func (p *Project) CloseTrial(ctx context.Context, id, conclusion string) (Trial, error) {
	return post[Trial](ctx, p.client, p.path("trials", id, "close"), struct {
		Conclusion string `json:"conclusion,omitempty"`
	}{conclusion})
}

// TrialReportPage writes the report on a trial as one HTML file with its pictures
// in it, in the client's language. What was written is not to be used where there
// is an error.
func (p *Project) TrialReportPage(ctx context.Context, id string, to io.Writer) error {
	response, err := p.client.answer(ctx, call{method: "GET", path: p.path("trials", id, "report.html")})
	if err != nil {
		return err
	}
	_, err = io.Copy(to, response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return fmt.Errorf("download report: %w", err)
	}
	return nil
}
