#!/bin/sh
# Installs the peers that `make bench` compares with into an environment of their own, since their pins clash with
# ours: sh scripts/install-bench.sh .venv-bench
set -eu
venv=$1

if [ ! -x "$venv/bin/python" ]; then
    # The same Python as labelplan's own environment, so that both sides run on one interpreter.
    if [ -x .venv/bin/python ]; then
        base=.venv/bin/python
    else
        base=python3
    fi
    echo "Making the environment $venv with $("$base" --version)"
    "$base" -m venv "$venv"
fi

pip="$venv/bin/python -m pip --disable-pip-version-check"
echo "Installing the peers: scikit-activeml, small-text, modAL, scikit-learn, joblib"
$pip install --quiet -r benchmarks/peers.txt
$pip list 2>/dev/null | grep -iE '^(scikit-activeml|small-text|modal-python|scikit-learn|numpy|joblib) '
