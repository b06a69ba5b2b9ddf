# The project's verbs. `make` lists them.

STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2

PACK ?= out/pack
RUNS ?= runs
PEER ?= ../shared/bench/peer.py
PEER_PYTHON ?= out/peer/bin/python
SIZE ?= 512

.PHONY: help test check lint bench go-bench docs demo demo-data train-demo clean

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

test: ## run all tests
	go test ./...

check: lint test ## everything that a change has to pass

lint: ## formatting, go vet, staticcheck
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "not formatted:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	go run $(STATICCHECK) ./...

bench: ## time the program beside diffusers into docs/benchmarks.md; MODEL=folder SIZE=pixels
	@test -x "$(PEER_PYTHON)" || { echo "no $(PEER_PYTHON): bench/README.md says how to make it, or set PEER_PYTHON"; exit 1; }
	@test -d "$(MODEL)" || { echo "set MODEL to a Stable Diffusion folder, such as one of make_model.py's"; exit 1; }
	go run ./bench/compare --peer-python $(PEER_PYTHON) --peer $(PEER) --model $(MODEL) --size $(SIZE) \
		--photo demo/photos/wolf_plushie_1.jpg --write docs/benchmarks.md

go-bench: ## run the Go benchmarks
	go test -run '^$$' -bench . -benchmem ./...

docs: ## check the documents: links, both languages, the table of dependencies
	go test -count=1 -run 'Readmes|Links|Dependencies|Packages' .

demo: ## learn the built-in photo; the result is in out/demo
	go run ./cmd/ichimai demo --out out/demo --force

demo-data: ## build the demo model's training pack in $(PACK); PHOTOS=folder adds photos
	demo/recipe/build.sh $(PACK) $(PHOTOS)

train-demo: ## train the demo model from $(PACK) into demo/model; goes on where it was stopped
	go run ./cmd/ichimai train vae  --data $(PACK) --config demo/recipe/vae.yaml  --out $(RUNS)/vae
	go run ./cmd/ichimai train clip --data $(PACK) --config demo/recipe/clip.yaml --out $(RUNS)/clip
	go run ./cmd/ichimai train unet --data $(PACK) --config demo/recipe/unet.yaml --out $(RUNS)/unet \
		--text $(RUNS)/clip/model --vae $(RUNS)/vae/model
	cp -R $(RUNS)/unet/model/. demo/model/

clean: ## remove built and downloaded things, not training runs
	rm -rf out
