package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"testing"
)

// envChild makes the test program play another process: its value names which.
const envChild = "ICHIMAI_ENGINE_TEST_CHILD"

// EnvChild is envChild for tests from outside, and ChildCompile what they do in
// the other process.
const EnvChild = envChild

// ChildCompile is set by the tests of compiled programs.
var ChildCompile func() int

func TestMain(m *testing.M) {
	switch os.Getenv(envChild) {
	case "":
		os.Exit(m.Run())
	case "install":
		os.Exit(childInstall())
	case "stderr":
		os.Exit(childStderr())
	case "compile":
		os.Exit(ChildCompile())
	}
}

// childInstall installs the pin given as JSON in the first argument.
func childInstall() int {
	var p pin
	if err := json.Unmarshal([]byte(os.Args[1]), &p); err != nil {
		fmt.Println(err)
		return 2
	}
	cfg, err := Config{}.withDefaults()
	if err != nil {
		fmt.Println(err)
		return 2
	}
	found, err := installPin(context.Background(), cfg, p)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println(found[0].Path)
	return 0
}
