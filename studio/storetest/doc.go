// Package storetest holds the tests that every studio.Store passes. A store's
// own test calls [Run]:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T, o storetest.Options) studio.Store { ... })
//	}
package storetest
