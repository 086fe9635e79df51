#!/bin/sh
# Install zhongbao from this one file, without a network:  sh FILE [DIR]   (DIR: /opt/zhongbao)
set -eu
self=$0
dir=${1:-/opt/zhongbao}
digest=@DIGEST@
version=@PYTHON@
python=$(command -v "python$version" || command -v python3 || true)
[ -n "$python" ] && "$python" -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$version')" || {
    echo "this bundle needs Python $version (with venv)" >&2
    exit 2
}
line=$(awk '/^__ARCHIVE_BELOW__$/ { print NR + 1; exit }' "$self")
[ "$(tail -n +"$line" "$self" | sha256sum | cut -d' ' -f1)" = "$digest" ] || {
    echo "the archive in $self does not match its checksum; fetch it again" >&2
    exit 1
}
mkdir -p "$dir/bundle"
tail -n +"$line" "$self" | tar -xzf - -C "$dir/bundle"
(cd "$dir/bundle" && sha256sum --quiet -c SHA256SUMS)
"$python" -m venv "$dir/venv"
"$dir/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-index --find-links "$dir/bundle/wheels" \
    --require-hashes -r "$dir/bundle/requirements.txt"
"$dir/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-index --no-deps "$dir"/bundle/wheels/zhongbao-*.whl
echo "installed: $dir/venv/bin/zhongbao  (docs: $dir/bundle/docs, demo: PATH=$dir/venv/bin:\$PATH $dir/bundle/demo)"
exit 0
