# labelplan: `make run` answers the main question on real data; `make test` runs the tests. `make help` lists the rest.

VENV := .venv
BIN := $(VENV)/bin
RUNS := .labelplan/runs
EVIDENCE := .labelplan/evidence
SIGNS := .labelplan/signs
SIGNS_DATA := bbc r8 mnist5k snips solar-cells german-credit spambase phoneme kr-vs-kp kc1 pc1 hypothyroid orange-juice mortgage-denial unemployment
STRATEGIES := .labelplan/strategies
ERRORS := .labelplan/errors
HOSTILE := .labelplan/hostile
ATTACKS := plans addresses kills stores uploads quotes files sessions disks downloads properties

.DEFAULT_GOAL := help
.PHONY: evidence-errors help run dashboard test test-all test-lowest browser-test hostile lint format house bench bench-quick evidence evidence-signs evidence-strategies study screenshots docs notebooks package clean test-other-processor evidence-verdicts

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/make \1\t\2/' | expand -t 28

run: $(VENV)/.installed-run ## simulate digits, forecast, price and decide; writes report.html (resumes; instant the second time)
	@$(BIN)/labelplan simulate examples/grid.toml --store $(RUNS)
	@$(BIN)/labelplan plan examples/digits.toml --store $(RUNS) --report report.html
	@echo
	@echo "Open report.html in a browser, or change the numbers in the dashboard:  make dashboard"

dashboard: $(VENV)/.installed-run ## open the dashboard in a browser, on localhost
	@$(BIN)/labelplan dashboard

# A file stays on one processor, so that what its tests share (a dashboard, a decided plan) is made once.
test: $(VENV)/.installed-test ## run the tests (browser tests are skipped with a sentence where there is no chromium)
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder -m "not slow"

test-all: $(VENV)/.installed-test ## run all tests, the slow ones too, with more examples of each stated invariant
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder --hypothesis-profile=all

# The last digits of a sum differ between processors; what compares numbers with recorded ones must pass on all.
test-other-processor: $(VENV)/.installed-test ## run the tests that compare numbers as another processor would (2 minutes)
	@$(BIN)/python scripts/other_processor.py -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder -m numbers tests

# An environment of its own, of the oldest Python that is supported where there is one.
test-lowest: .venv-lowest/.installed ## run the tests with the least version of every dependency that pyproject.toml allows
	@.venv-lowest/bin/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder -m "not slow"

hostile: $(VENV)/.installed-test ## attack with thousands of spoilt inputs and kills, and count what came of it; resumes
	@printf '%s\n' $(or $(ONLY),$(ATTACKS)) | xargs -n 1 -P "$$(getconf _NPROCESSORS_ONLN)" \
		$(BIN)/python -m tests.hostile $(HOSTILE) --seed $(or $(SEED),0) --only

browser-test: $(VENV)/.installed-test ## run the browser tests alone, and insist on a chromium
	@LABELPLAN_REQUIRE_BROWSER=1 $(BIN)/python -m pytest -q -m browser tests/e2e

lint: $(VENV)/.installed-test ## check style, types, and which room may import which
	@! git grep -nE '^(<{7}|>{7}) ' || { echo "Settle these merges."; exit 1; }
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --cache-dir .labelplan/importlinter

format: $(VENV)/.installed-test ## put the code in its usual form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

house: $(VENV)/.installed-test ## print the structural figures: lines, imports, circles, modules that nothing reaches
	@$(BIN)/python scripts/house.py

bench: $(VENV)/.installed-test .venv-bench/.installed ## measure speed and memory against peers and stated limits (25 minutes)
	@for script in benchmarks/bench_*.py; do $(BIN)/python $$script || exit 1; done

bench-quick: $(VENV)/.installed-test .venv-bench/.installed ## a short look at the engine beside its peers (4 minutes)
	@$(BIN)/python benchmarks/bench_engine.py --quick

evidence: $(VENV)/.installed-evidence ## rebuild the recorded curves that ship, or some with ONLY=forest,mlp; resumes (a night)
	@$(BIN)/labelplan data get $$($(BIN)/python -m research.evidence fetched) > /dev/null
	@$(BIN)/python -m research.evidence campaigns $(EVIDENCE) $(if $(ONLY),--only $(ONLY))
	@$(BIN)/python -m research.evidence library $(EVIDENCE)

evidence-signs: $(VENV)/.installed-evidence ## check published findings on simulated curves; resumes (four hours the first time)
	@$(BIN)/labelplan data get $(SIGNS_DATA) > /dev/null
	@$(BIN)/labelplan simulate research/evidence/signs.toml --store $(SIGNS)
	@$(BIN)/python -m research.evidence findings $(SIGNS)

evidence-errors: $(VENV)/.installed-evidence ## simulate wrong labels of three kinds at four rates; resumes (some hours)
	@$(BIN)/labelplan data get segment texture spambase > /dev/null
	@$(BIN)/labelplan simulate research/evidence/errors.toml --store $(ERRORS)
	@$(BIN)/python -m research.label_errors $(ERRORS) --keep

evidence-strategies: $(VENV)/.installed-evidence ## compare every strategy with random on simulated curves; resumes
	@$(BIN)/labelplan simulate research/evidence/strategies.toml --store $(STRATEGIES)
	@$(BIN)/python -m research.evidence strategies $(STRATEGIES)

evidence-verdicts: $(VENV)/.installed-run ## ask for verdicts on the data sets that were set aside, and judge them (ten minutes)
	@$(BIN)/python -m research.verdicts --set-aside --strategies margin,entropy,coreset --campaigns 1 --draws 500 --jobs 2 --into planner/evidence

study: $(VENV)/.installed-run ## compute when active learning pays, from the recorded curves; writes docs/method/when-active-learning-pays.md
	@$(BIN)/python -m research.study --docs docs

screenshots: $(VENV)/.installed-test ## take the documentation's pictures anew, from the running dashboard
	@$(BIN)/python scripts/screenshots.py --docs

docs: $(VENV)/.installed-docs ## build the documentation as a site that needs no network; open site/index.html
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet
	@echo "Open site/index.html in a browser"

notebooks: $(VENV)/.installed-test ## run the documentation's notebooks and store what they answer
	@$(BIN)/python scripts/notebooks.py

package: $(VENV)/.installed-test ## build wheel and source archive, check them, install the wheel and use it (some minutes)
	@$(BIN)/python scripts/check_package.py

clean: ## remove the environment and everything simulated
	rm -rf $(VENV) .venv-bench .venv-lowest .labelplan report.html site

# What each target uses. The stamps keep later calls instant; a change of pyproject.toml installs again.
$(VENV)/.installed-run: EXTRAS := report
$(VENV)/.installed-evidence: EXTRAS := report,text
$(VENV)/.installed-docs: EXTRAS := docs
$(VENV)/.installed-test: EXTRAS := dev,report,cluster,text,image,votes
$(VENV)/.installed-%: pyproject.toml constraints.txt scripts/install.sh
	@sh scripts/install.sh $(VENV) "$(EXTRAS)"
	@touch $@

.venv-lowest/.installed: pyproject.toml constraints.txt scripts/install.sh
	@PYTHON=python3.11 sh scripts/install.sh .venv-lowest "dev,report,cluster,text,image,votes" lowest
	@touch $@

.venv-bench/.installed: benchmarks/peers.txt scripts/install-bench.sh $(VENV)/.installed-test
	@sh scripts/install-bench.sh .venv-bench
	@touch $@
