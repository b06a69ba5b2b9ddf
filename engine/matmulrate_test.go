package engine_test

import (
	"testing"

	"github.com/gomlx/compute/dtypes"

	"github.com/ichimai/ichimai/engine/enginetest"
)

func TestMatMulRate(t *testing.T) {
	go64, err := enginetest.Go(t).MatMulRate(dtypes.Float32)
	if err != nil || go64 < 1e6 {
		t.Errorf("pure Go: %g, %v", go64, err)
	}
	e := enginetest.Fast(t)
	for _, dtype := range []dtypes.DType{dtypes.Float32, dtypes.BFloat16} {
		rate, err := e.MatMulRate(dtype)
		t.Logf("%s: %.3g operations a second", dtype, rate)
		if err != nil || rate < 1e9 {
			t.Errorf("%s: %g, %v", dtype, rate, err)
		}
	}
	if rate, err := e.MatMulRate(dtypes.Bool); err == nil {
		t.Errorf("products of booleans: %g", rate)
	}
}
