# copies RUN: puts the copies of the inputs into a run's folder, as explore does, where it has not.
# shellcheck shell=bash
copies() {
    ! grep -q '^copies:' "$1/provenance" || return 0
    python3 - "$1" <<'END_OF_SCRIPT'
import json, pathlib, shutil, sys
run, found = pathlib.Path(sys.argv[1]), {}
for line in (run / "provenance").read_text(encoding="utf-8").splitlines():
    key, _, value = line.partition(": ")
    if key in ("hardware", "constants", "model", "system") and value not in ("", '""'):
        found[key] = json.loads(value)
lines = ["copies:"]
for kind, original in found.items():
    copy = pathlib.Path("inputs", kind, pathlib.Path(original).name)
    (run / copy).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(original, run / copy)
    said = json.dumps(str(copy), ensure_ascii=False)
    lines.append(f"  {kind}: [{said}]" if kind == "model" else f"  {kind}: {said}")
with open(run / "provenance", "a", encoding="utf-8") as file:
    file.write("\n".join(lines) + "\n")
END_OF_SCRIPT
}
