package tokenizer_test

import (
	"context"
	"fmt"
	"slices"

	"github.com/ichimai/ichimai/tokenizer"
)

// A vocabulary is trained from captions; Save writes it where Open and
// transformers find it.
func ExampleTrain() {
	captions := []string{"a red cat", "a red dog", "赤い猫", "赤い犬"}
	tok, err := tokenizer.Train(context.Background(), slices.Values(captions), tokenizer.TrainOptions{Size: 520})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(tok.VocabSize())
	for _, merge := range tok.Vocabulary().Merges[:2] {
		fmt.Println(merge.Left, merge.Right)
	}
	fmt.Println(tok.Decode(tok.Encode("A Red  Dog, 赤い猫")))
	// Output:
	// 520
	// e d</w>
	// r ed</w>
	// a red dog , 赤い猫
}

// A placeholder of two vectors takes two places in the prompt.
func ExampleTokenizer_AddPlaceholder() {
	captions := []string{"a red cat", "a red dog"}
	tok, err := tokenizer.Train(context.Background(), slices.Values(captions), tokenizer.TrainOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	own := tok.Clone() // tok may be in use elsewhere
	ids, err := own.AddPlaceholder("<my-dog>", 2)
	fmt.Println(len(ids), err)
	fmt.Println(own.Decode(own.Encode("a red <my-dog>")))
	_, err = own.AddPlaceholder("my dog", 1)
	fmt.Println(err)
	// Output:
	// 2 <nil>
	// a red <my-dog> <my-dog>_1
	// add placeholder "my dog": a name must not have white space; join its words as in <my-dog>
}

// Batch gives a prompt at the text encoder's length and tells what did not fit.
func ExampleTokenizer_Batch() {
	captions := []string{"a red cat", "a red dog"}
	tok, err := tokenizer.Train(context.Background(), slices.Values(captions), tokenizer.TrainOptions{MaxLength: 5})
	if err != nil {
		fmt.Println(err)
		return
	}
	tokens := tok.Batch("red red 1 23")
	fmt.Println(len(tokens.IDs), tokens.Length, tokens.Truncated)
	// Output: 5 5 2 3
}
