package client_test

import (
	"bytes"
	"context"
	"fmt"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/client"
)

// From a photo to a published picture. A second person approves it.
func Example() {
	ctx := context.Background()
	server := openStudio(ctx) // a program has the address of a studio instead
	defer server.Close()

	me := server.client(server.token(ctx, "", "", ""))
	info := must(me.CreateProject(ctx, "Mugs", "Autumn catalogue"))
	project := me.Project(info.ID)

	source := must(project.AddSource(ctx, client.NewSource{
		Name: "mug.png", File: bytes.NewReader(picture(1)), Owner: "Example Ltd.", Licence: "own work", Confirmed: true,
	}))
	fmt.Println("given:", source.Name, source.Width, "x", source.Height)

	concept, job, err := project.LearnConcept(ctx, client.Learn{Name: "Mug", Placeholder: "<mug>", SourceIDs: []string{source.ID}})
	check(err)
	must(project.WaitJob(ctx, job.ID, nil))
	concept = must(project.Concept(ctx, concept.ID))
	fmt.Println("concept:", concept.Name, concept.State)

	job = must(project.Generate(ctx, client.Generate{Prompt: "a <mug> on a table", ConceptIDs: []string{concept.ID}, Count: 2}))
	must(project.WaitJob(ctx, job.ID, nil))
	var pictures []client.Picture
	for p, err := range client.All(ctx, project.PicturesOf(job.ID)) {
		check(err)
		pictures = append(pictures, p)
	}
	fmt.Println("drawn:", len(pictures))

	var file bytes.Buffer
	must(project.Download(ctx, pictures[0].Blob, &file))
	fmt.Println("a PNG:", bytes.HasPrefix(file.Bytes(), []byte("\x89PNG")))

	must(project.Submit(ctx, pictures[0].ID))
	_, _, err = project.Decide(ctx, pictures[0].ID, studio.DecisionApprove, "")
	fmt.Println("by myself:", client.ErrorCode(err))

	approver := server.client(server.token(ctx, "approver@example.com", info.ID, studio.RoleApprover)).Project(info.ID)
	picture, _, err := approver.Decide(ctx, pictures[0].ID, studio.DecisionApprove, "")
	check(err)
	fmt.Println("by another:", picture.State)
	fmt.Println("at last:", must(approver.Publish(ctx, picture.ID)).State)

	// Output:
	// given: mug.png 128 x 128
	// concept: Mug ready
	// drawn: 2
	// a PNG: true
	// by myself: forbidden
	// by another: approved
	// at last: published
}
