#!/bin/sh
# Installs labelplan with some extras into a virtual environment: sh scripts/install.sh .venv dev,report
# A third word `lowest` asks for the least version of each dependency; PYTHON names the Python to make the environment with.
# Uses uv where it can be had (seconds), plain pip otherwise (a minute or two).
set -eu
venv=$1
extras=$2
versions=${3:-newest}

if [ ! -x "$venv/bin/python" ]; then
    python=""
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python; do
        if command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            python=$candidate
            break
        fi
    done
    if [ -z "$python" ]; then
        echo "labelplan needs Python 3.11 or newer on the PATH; none was found" >&2
        exit 1
    fi
    echo "Making the environment $venv with $("$python" --version)"
    "$python" -m venv "$venv" || {
        echo "python could not make a virtual environment (on Debian: apt-get install python3-venv)" >&2
        exit 1
    }
fi

pip="$venv/bin/python -m pip --disable-pip-version-check"
uv=$(command -v uv || true)
if [ -z "$uv" ]; then
    # uv is a convenience: whatever stops it from coming, pip does the work.
    $pip install --quiet uv >/dev/null 2>&1 && uv="$venv/bin/uv" || uv=""
fi

# uv does not read pip's settings; wheels that pip finds in a folder must be found here too.
links=${PIP_FIND_LINKS:-$($pip config get global.find-links 2>/dev/null || true)}

# torch's usual Linux build brings gigabytes of CUDA. A wheel in such a folder is taken as it is; otherwise uv chooses
# the build that fits the machine, and pip, which cannot, takes it only where there is a GPU or no such build.
torch_backend=""
case ",$extras," in
*,neural,* | *,text,* | *,image,*)
    torch_backend="--torch-backend=auto"
    for folder in $links; do
        for wheel in "$folder"/torch-*.whl; do
            [ -e "$wheel" ] && torch_backend=""
        done
    done
    ;;
esac

resolution=highest
if [ "$versions" = lowest ]; then
    resolution=lowest-direct
    [ -n "$uv" ] || { echo "the least versions take uv, which pip could not install" >&2; exit 1; }
fi

echo "Installing labelplan with [$extras], $versions versions"
if [ -n "$uv" ]; then
    if UV_FIND_LINKS=$links "$uv" pip install --quiet $torch_backend --python "$venv/bin/python" \
        --compile-bytecode --resolution "$resolution" -c constraints.txt -e ".[$extras]"; then
        exec "$venv/bin/python" -m compileall -q planner simulations
    fi
    [ "$versions" = newest ] || exit 1
    echo "uv could not install; going on with pip" >&2
fi
if [ -n "$torch_backend" ] && [ "$(uname -s)" = Linux ] && ! command -v nvidia-smi >/dev/null 2>&1; then
    extras=$(echo ",$extras," | sed -e 's/,neural,/,/' -e 's/,text,/,/' -e 's/,image,/,/' -e 's/^,//' -e 's/,$//')
    echo "torch is left out, since pip would take its CUDA build; what needs it says so" >&2
fi
$pip install --quiet -c constraints.txt -e ".[$extras]"
# So that the first answer is no slower than the second; pip has done so for what it installs.
"$venv/bin/python" -m compileall -q planner simulations
