# Checks a replay's CSV of a 40 kW gb-dynamic-containment site against the published closed form: the response at every sample to
# 1e-9 of capacity, and the setpoints' sum to baseline less response within half a watt.
function share(f,   d, a) {
    d = sprintf("%.9f", f - 50) + 0
    a = d < 0 ? -d : d
    s = a <= 0.015 ? 0 : a <= 0.2 ? 0.05 * (a - 0.015) / 0.185 : a <= 0.5 ? 0.05 + 0.95 * (a - 0.2) / 0.3 : 1
    return d < 0 ? s : -s
}
function size(x) { return x < 0 ? -x : x }
BEGIN { FS = "," }
NR == 1 { next }
$4 != "armed" && $4 != "responding" { untrusted++; if ($5 + 0 != 0) bad++; next }
$2 == "" { bridged++; next }
{
    rows++
    if (size($5 / 40 - share($2)) > 1e-9) bad++
    if (size($7 - ($6 - $5)) > 0.000501) bad++
}
END {
    printf "%d samples equal the published curve, %d not trusted, %d without a value, %d wrong\n", rows, untrusted, bridged, bad
    exit bad > 0 || rows == 0
}
