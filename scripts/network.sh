#!/usr/bin/env bash
# Trains on two machines that are none: two network namespaces of this one, joined by a virtual cable, with names of their
# own, so that all that ranks tell one another goes over TCP. The run must have the bits of one process. Needs root.
#   scripts/network.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/packages.sh
install_missing "${build_packages[@]}" "${mpi_packages[@]}" iproute2
cmake --preset release -DPLASTIC_MPI=ON >/dev/null
cmake --build --preset release --target plastic

program=$PWD/build/release/bin/plastic
work=$(mktemp -d)
tidy_up() {
  for end in a b; do ip netns delete "plastic-$end" 2>/dev/null || true; done
  rm -rf "$work"
}
trap tidy_up EXIT

for end in a b; do ip netns add "plastic-$end"; done
ip link add cable-a netns plastic-a type veth peer name cable-b netns plastic-b
number=1
for end in a b; do
  ip -n "plastic-$end" address add "10.211.55.$((number++))/24" dev "cable-$end"
  ip -n "plastic-$end" link set "cable-$end" up
  ip -n "plastic-$end" link set lo up
done

# What mpirun calls in the place of ssh: HOST COMMAND...
cat >"$work/reach" <<'END'
#!/usr/bin/env bash
shift  # there is but one other
exec ip netns exec plastic-b unshare --uts sh -c "hostname plastic-b; $*"
END
chmod +x "$work/reach"

train=(train configs/sine-quick.toml --set meta.steps=200 --set run.validate_every=100 --set engine.threads=1)
"$program" "${train[@]}" --run "$work/alone" >/dev/null 2>&1
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
ip netns exec plastic-a unshare --uts sh -c 'hostname plastic-a; exec "$@"' sh \
  mpirun --host 10.211.55.1:1,10.211.55.2:1 -np 2 --mca plm_rsh_agent "$work/reach" --mca btl tcp,self \
  --mca btl_tcp_if_include 10.211.55.0/24 --mca oob_tcp_if_include 10.211.55.0/24 \
  "$program" "${train[@]}" --run "$work/shared"

sent=$(ip -n plastic-a -s -j link show dev cable-a | sed 's/.*"tx":{"bytes":\([0-9]*\).*/\1/')
printf '%d KiB went over the cable from the first machine to the second\n' $((sent / 1024))
((sent > 200 * 50000)) || { echo "too few for 200 gradients: did the ranks find another way?" >&2; exit 1; }
cmp "$work/alone/parameters.safetensors" "$work/shared/parameters.safetensors"
echo "The same bits as one process."
