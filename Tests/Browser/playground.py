"""Moves the sliders of a report's playground in a headless Chromium and asks the command line about the same weights.

    python3 Tests/Browser/playground.py ASSAY REPORT.html -- BARS-AND-SPLIT FLAGS OF assay ev

For every reward of the page: the file's own weights, then three changes by arrow keys, each copied as YAML, given to `ASSAY ev FILE FLAGS --json`, and compared: expected
values, gaps, premiums, break-evens (1e-9 of the largest), greedy actions, class and sentence (to the letter). Then the time a step takes. Ends with 0, or with 1 and what differs.
"""

import json
import os
import re
import subprocess
import sys
import tempfile

import chromium


def command_line(assay, text, flags, gamma):
    """What `assay ev` says of a reward file with this text."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", delete=False, encoding="utf-8") as file:
        file.write(text)
    try:
        run = subprocess.run([assay, "ev", file.name, *flags, "--json", "--quiet"], capture_output=True, text=True)
        if run.returncode:
            raise SystemExit(f"assay ev does not take the copied YAML:\n{run.stderr}")
        return json.loads(run.stdout)["rewards"][0]
    finally:
        os.unlink(file.name)


def shown(browser, panel):
    """What the open panel shows: numbers in full precision, and words."""
    return browser.run(f"""(() => {{
      const found = {{ numbers: {{}}, greedy: {{}}, regimes: [] }};
      document.querySelectorAll('#pg-{panel}-panel [data-value]').forEach(e => found.numbers[e.id] = Number(e.dataset.value));
      document.querySelectorAll('#pg-{panel}-panel .pg-regime').forEach((e, g) => {{ found.regimes.push(e.querySelector('h4 span').textContent); found.greedy[g] = e.querySelector('[id$=greedy]').textContent; }});
      found.class = document.getElementById('pg-{panel}-class').textContent;
      found.sentence = document.getElementById('pg-{panel}-sentence').textContent;
      found.yaml = document.getElementById('pg-{panel}-yaml').value;
      return found;
    }})()""")


def differences(page, reward, panel):
    """Sentences about what the page and the command line say differently."""
    found, known = [], [r for r in reward["regimes"] if r["bars"]]
    if [r["regime"] for r in known] != page["regimes"]:
        return [f"regimes {page['regimes']}"]
    scale = max(abs(a["expected"]) for r in known for a in r["actions"].values())
    for g, regime in enumerate(known):
        trade = (regime.get("in_trade") or {}).get("actions", {})
        pairs = {f"expected-{name}": action["expected"] for name, action in regime["actions"].items() if name == "HOLD" or name not in trade}
        pairs |= {f"expected-{name} in a trade": action["expected"] for name, action in trade.items()}
        pairs |= {"premium": regime["guarantee_premium"], "gap": (regime["zero_edge_gap"] or {}).get("estimate")}
        for key, value in pairs.items():
            ours = page["numbers"][f"pg-{panel}-regime-{g}-{key}"]
            if abs(ours - value) > 1e-9 * scale:
                found.append(f"{regime['regime']} {key}: page {ours}, command line {value}")
        even, ours = regime["break_even_hit_rate"], page["numbers"].get(f"pg-{panel}-regime-{g}-break-even")
        if even and abs(ours - even["estimate"]) > 1e-7 * max(1, abs(even["estimate"])):
            found.append(f"{regime['regime']} break-even: page {ours}, command line {even['estimate']}")
        if page["greedy"][str(g)].split(",")[0] != regime["greedy"]["zero_edge"]:
            found.append(f"{regime['regime']} greedy: page {page['greedy'][str(g)]}, command line {regime['greedy']['zero_edge']}")
    ours = re.sub(r" \(file: .*", "", page["class"])
    # The class of options is judged minute by minute, which the page does not do.
    if any("in_trade" in r for r in known):
        return found
    if ours != reward["verdict"]["class"].replace("_", " "):
        found.append(f"class: page {ours}, command line {reward['verdict']['class']}")
    elif page["sentence"] != reward["verdict"]["sentence"]:
        found.append(f"sentence: page {page['sentence']!r}, command line {reward['verdict']['sentence']!r}")
    return found


def main():
    split = sys.argv.index("--")
    assay, path, flags = sys.argv[1], sys.argv[2], sys.argv[split + 1:]
    faults, compared, emulated = [], 0, 0
    with chromium.Browser() as browser:
        browser.open(path)
        rewards = browser.run("JSON.parse(document.getElementById('playground-data').textContent).rewards.map(r => ({ name: r.name, terms: r.terms.map(t => t.id), weights: r.terms.map(t => t.weight) }))")
        for panel, reward in enumerate(rewards):
            if len(rewards) > 1:
                browser.run(f"document.getElementById('pg-tab-{panel}').focus()")
                browser.key("Enter")
            before = None
            terms = len(reward["terms"])
            # (term, key, presses): up, down through zero, another up; the arrow keys of the focused slider.
            for term, key, count in [(0, None, 0), (0, "ArrowRight", 7), (terms // 2, "ArrowLeft", 61), (terms - 1, "ArrowRight", 33)]:
                if key:
                    browser.run(f"document.getElementById('pg-{panel}-weight-{term}').focus()")
                    browser.key(key, count)
                page = shown(browser, panel)
                if before and page["numbers"] == before["numbers"]:
                    faults.append(f"{reward['name']}: nothing moved with {reward['terms'][term]}")
                before = page
                faults += [f"{reward['name']} after {count} x {key} on {reward['terms'][term]}: {d}" for d in differences(page, command_line(assay, page["yaml"], flags, None), panel)]
                compared += 1
            copied = browser.run(f"(async () => {{ document.getElementById('pg-{panel}-copy').click(); await new Promise(r => setTimeout(r, 200)); return document.querySelector('#pg-{panel}-panel .pg-status').textContent; }})()")
            if not copied.startswith(("Copied", "Selected")):
                faults.append(f"{reward['name']}: copy says {copied!r}")
            browser.run(f"document.getElementById('pg-{panel}-reset').click()")
            browser.key("Tab")
            numbers = shown(browser, panel)
            faults += [f"{reward['name']} after reset: {d}" for d in differences(numbers, command_line(assay, numbers["yaml"], flags, None), panel)]
        # Mixes that the command line's emulator gave for some weights, asked of the page's.
        for i, checks in enumerate(browser.run("JSON.parse(document.getElementById('playground-data').textContent).rewards.map(r => r.emulator ? r.emulator.checks : [])")):
            for check in checks:
                mixes = browser.run(f"window.assayEmulate({i}, {json.dumps(check['weights'])})")
                pairs = [(a, b) for ours, theirs in zip(mixes, check["mix"]) if ours for a, b in zip(ours, theirs)]
                emulated += 1
                if not pairs or max(abs(a - b) for a, b in pairs) > 1e-4:  # covariances go to the page with six digits
                    faults.append(f"emulator of reward {i}: page {mixes}, command line {check['mix']}")
        # A step: the input event, everything recomputed and drawn, layout forced.
        times = browser.run(f"""(async () => {{
          const slider = document.querySelector('#pg-{len(rewards) - 1}-panel input[type=range]'), times = [];
          for (let i = 0; i < 200; i++) {{
            slider.value = String(i - 100);
            const start = performance.now();
            slider.dispatchEvent(new Event('input'));
            await new Promise(done => requestAnimationFrame(() => {{ document.body.getBoundingClientRect(); times.push(performance.now() - start); done(); }}));
          }}
          return times;
        }})()""")
        work = browser.run(f"""(() => {{
          const slider = document.querySelector('#pg-{len(rewards) - 1}-panel input[type=range]'), times = [], real = window.requestAnimationFrame;
          window.requestAnimationFrame = body => {{ body(); return 0; }};
          for (let i = 0; i < 200; i++) {{
            slider.value = String(i - 100);
            const start = performance.now();
            slider.dispatchEvent(new Event('input'));
            document.body.getBoundingClientRect();
            times.push(performance.now() - start);
          }}
          window.requestAnimationFrame = real;
          return times;
        }})()""")
        faults += browser.faults()
    for fault in faults:
        print("differs:", fault)
    times.sort()
    work.sort()
    print(f"{compared} states of {len(rewards)} rewards compared, {emulated} emulated mixes; a step takes {work[100]:.1f} ms (median), {work[190]:.1f} ms (95th percentile); until the next frame {times[100]:.1f} ms, {times[190]:.1f} ms")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
