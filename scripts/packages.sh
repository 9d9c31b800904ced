# shellcheck shell=bash disable=SC2034
# The Debian and Ubuntu packages of this project, and how to get them. Sourced by quickstart, check and scripts/fuzz.sh.

build_packages=(
  g++ cmake ninja-build pkg-config
  libfmt-dev libhwy-dev libeigen3-dev libdnnl-dev libgomp1 librandom123-dev
  libtomlplusplus-dev nlohmann-json3-dev libcli11-dev libzip-dev
  libpng-dev libturbojpeg0-dev libcurl4-openssl-dev libssl-dev
  gnuplot-nox python3-plotly esbuild
)
test_packages=(libgtest-dev libbenchmark-dev libcpp-httplib-dev clang-format-14 shellcheck chromium)
python_packages=(python3-dev python3-venv python3-torch)
mpi_packages=(libopenmpi-dev openmpi-bin)
clang_packages=(clang-14 clang-tidy-14 libclang-rt-14-dev lld-14)

# install_missing PACKAGE...: installs those that dpkg does not know as installed; does nothing when all are there.
install_missing() {
  local package missing=() as_root=()
  for package; do
    dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  ((${#missing[@]})) || return 0

  if ! command -v apt-get >/dev/null; then
    echo "This needs packages that are not installed, and there is no apt-get here to install them." >&2
  elif ((EUID != 0)) && ! command -v sudo >/dev/null; then
    echo "This needs packages that are not installed, and only root can install them (there is no sudo here)." >&2
  else
    ((EUID == 0)) || as_root=(sudo)
    echo "Installing ${missing[*]}"
    if "${as_root[@]}" apt-get -q update </dev/null &&
      "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get -q install -y --no-install-recommends "${missing[@]}" </dev/null; then
      return 0
    fi
    echo "apt-get could not install every package that this needs; its message is above." >&2
  fi
  printf 'Install these by hand and run this again:\n  %s\n' "${missing[*]}" >&2
  return 1
}
