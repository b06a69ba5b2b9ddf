# The project's verbs. `make` lists them.

STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2

PACK ?= out/pack
RUNS ?= runs
PEER ?= ../shared/bench/peer.py
PEER_PYTHON ?= out/peer/bin/python
SIZE ?= 512
PLOT ?=
SDCPP ?=

.PHONY: help test check lint bench go-bench browser-test docs demo demo-data train-demo train-encoder train-judge evaluation fuzz-api kill-trial load guide-pictures likeness ablations clean

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

test: ## run all tests
	go test ./...

check: lint test ## everything that a change has to pass

lint: ## formatting, go vet, staticcheck
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "not formatted:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	go run $(STATICCHECK) ./...

bench: ## time the program beside diffusers into docs/benchmarks.md; MODEL=folder SIZE=pixels PLOT=file.png SDCPP=checkpoint
	@test -x "$(PEER_PYTHON)" || { echo "no $(PEER_PYTHON): bench/README.md says how to make it, or set PEER_PYTHON"; exit 1; }
	@test -d "$(MODEL)" || { echo "set MODEL to a Stable Diffusion folder, such as one of make_model.py's"; exit 1; }
	go run ./bench/compare --peer-python $(PEER_PYTHON) --peer $(PEER) --model $(MODEL) --size $(SIZE) \
		--photo demo/photos/wolf_plushie_1.jpg --write docs/benchmarks.md $(if $(PLOT),--plot $(PLOT)) $(if $(SDCPP),--sdcpp $(SDCPP))

go-bench: ## run the Go benchmarks
	go test -run '^$$' -bench . -benchmem ./...

browser-test: ## walk the studio's pages in Chromium, with axe-core from npm in out/axe; ICHIMAI_SHOTS=folder keeps pictures of them
	@test -s out/axe/axe.min.js || { mkdir -p out/axe && cd out/axe && npm pack --silent axe-core@4.14.1 && tar -xzf axe-core-4.14.1.tgz --strip-components=1 package/axe.min.js; }
	go test -count=1 -run Browser ./studio/web

SCHEMATHESIS ?= st
fuzz-api: ## let schemathesis (pip install schemathesis) try the studio's API for 20 minutes
	SCHEMATHESIS=$$(command -v $(SCHEMATHESIS)) SCHEMATHESIS_SECONDS=1200 go test -count=1 -timeout 30m -v -run TestSchemathesis ./studio/client

KILLS ?= 50
kill-trial: ## kill the studio's whole trial KILLS times at random moments, and look whether it comes to the same end
	go run ./bench/kill --kills $(KILLS)

USERS ?= 32
SECONDS ?= 60
load: ## time the studio's pages while USERS people use it for SECONDS and the model computes
	go run ./bench/load --users $(USERS) --seconds $(SECONDS)

STUDIO ?= http://127.0.0.1:8765
GUIDE_LANG ?= en
PAGES = photo=760,concept=930,create=740,batch=900,knowledge=1090,trial-report=1340,policy=840
GUIDE = go run ./bench/guide $(STUDIO) --email "$(EMAIL)" --project "$(PROJECT)" --lang $(GUIDE_LANG) --scheme light --small 1000 --out docs/images
guide-pictures: ## take docs/images/studio-LANG-*.png from the studio that runs at STUDIO, as its admin EMAIL with ICHIMAI_PASSWORD; PROJECT=name, GUIDE_LANG=en or ja
	$(GUIDE) --width 1000 --page $(PAGES)
	$(GUIDE) --width 1200 --page review=1130

evaluation: ## make the demo's protocol from $(PACK), and compare ways to learn by it; results in $(RUNS)/evaluation
	go run ./bench/subjects $(PACK) --out demo/evaluation
	go run ./cmd/ichimai evaluate demo/evaluation/protocol.yaml --out $(RUNS)/evaluation

train-judge: ## train the demo's judges from $(PACK) into demo/judge; goes on where it was stopped
	go run ./cmd/ichimai train clip --data $(PACK) --config demo/recipe/scorer.yaml --out $(RUNS)/scorer
	go run ./cmd/ichimai train subject --data $(PACK) --config demo/recipe/subject.yaml --out $(RUNS)/subject
	mkdir -p demo/judge && cp -R $(RUNS)/scorer/model/clip $(RUNS)/scorer/model/tokenizer $(RUNS)/subject/model/subject demo/judge/

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

train-encoder: ## train the demo model's encoder from $(PACK) into demo/model; goes on where it was stopped
	go run ./cmd/ichimai train encoder --data $(PACK) --model demo/model --config demo/recipe/encoder.yaml --out $(RUNS)/encoder
	cp -R $(RUNS)/encoder/model/encoder demo/model/

likeness: ## compare ways to learn a thing by likeness and obedience, on unseen things of $(PACK)
	go run ./bench/likeness demo/model --data $(PACK)

# Each ablation leaves one part of the encoder out or changes it, in a short run of its own.
ABLATIONS = whole: no-contrastive:contrastive_weight=0 dual-path:alpha=0.75 no-unet-features:use_unet=false \
	no-clip-features:use_vision=false same-view:cross_view=false no-hypernetwork:rank=0 \
	no-tower:tower=0 no-inventions:invented=0 no-changes:changed=0

ablations: ## train short encoders that lack one part each, and compare them; results in $(RUNS)/ablations
	RUNS=$(RUNS)/ablations PACK=$(PACK) bench/ablations.sh $(ABLATIONS)

clean: ## remove built and downloaded things, not training runs
	rm -rf out
