internal import Expressions

/// A term with a memory as Python: what the memory is at an episode's first step, and what a step does with it.
///
/// The lines stand in a loop over `t`; `r[t]` is the agent's net return of the step, `out[t]` (0 before) its pay.
protocol NumPyStatefulTerm: StatefulTerm {
    var pythonMemory: [String] { get }
    var pythonStep: [String] { get }
}

extension DifferentialSharpe: NumPyStatefulTerm {
    var pythonMemory: [String] { ["a, b = 0.0, 0.0  # running means of r and r * r"] }
    var pythonStep: [String] {
        [
            "variance = b - a * a", "if variance > 1e-18:", "    out[t] = (b * (r[t] - a) - a * (r[t] * r[t] - b) / 2) / (variance * np.sqrt(variance))",
            "a, b = a + \(pythonNumber(rate)) * (r[t] - a), b + \(pythonNumber(rate)) * (r[t] * r[t] - b)",
        ]
    }
}

extension DifferentialDownside: NumPyStatefulTerm {
    var pythonMemory: [String] { ["a, d = 0.0, 0.0  # running means of r and of min(r, 0) squared"] }
    var pythonStep: [String] {
        [
            "if d > 1e-18:", "    out[t] = (r[t] - a / 2) / np.sqrt(d)", "    if r[t] <= 0:", "        out[t] -= a * r[t] * r[t] / (2 * d * np.sqrt(d))",
            "loss = min(r[t], 0.0)", "a, d = a + \(pythonNumber(rate)) * (r[t] - a), d + \(pythonNumber(rate)) * (loss * loss - d)",
        ]
    }
}

extension NetWorthWindow: NumPyStatefulTerm {
    var pythonMemory: [String] { ["past = deque(maxlen=\(bars - 1))  # log growth of the steps before"] }
    var pythonStep: [String] {
        ["growth = np.log1p(max(r[t], -0.999999))", "out[t] = np.expm1(sum(past) + growth)", "past.append(growth)"]
    }
}

extension SharpeWindow: NumPyStatefulTerm {
    var pythonMemory: [String] { ["past = deque(maxlen=\(window - 1))  # net returns of the steps before"] }
    var pythonStep: [String] {
        [
            "if len(past) == \(window - 1):", "    window = np.array([*past, r[t]])",
            "    variance = max(np.mean(window * window) - np.mean(window) ** 2, 0.0)", "    out[t] = np.mean(window) / max(np.sqrt(variance), \(pythonNumber(floor)))",
            "past.append(r[t])",
        ]
    }
}

extension SortinoWindow: NumPyStatefulTerm {
    var pythonMemory: [String] { ["past = deque(maxlen=\(window - 1))  # net returns over the target of the steps before"] }
    var pythonStep: [String] {
        [
            "excess = r[t] - \(pythonNumber(target))", "if len(past) == \(window - 1):", "    window = np.array([*past, excess])",
            "    downside = np.sqrt(np.mean(np.minimum(window, 0.0) ** 2))", "    out[t] = np.mean(window) / max(downside, \(pythonNumber(floor)))", "past.append(excess)",
        ]
    }
}

/// A scorer as the body of a Python function of `c` and `starts`.
protocol NumPyScoring {
    func pythonBody(isOfOptions: Bool, expression: (TypedExpression) -> [String]) -> [String]
}

extension StatefulScorer: NumPyScoring where Term: NumPyStatefulTerm {
    func pythonBody(isOfOptions: Bool, expression: (TypedExpression) -> [String]) -> [String] {
        let net = isOfOptions ? "c[\"net_profit\"]" : "c[\"direction\"] * c[\"next_return\"] - c[\"cost\"]"
        return ["r = \(net)", "out = np.zeros(len(r))", "for t in range(len(r)):", "    if starts[t]:"] + term.pythonMemory.map { "        \($0)" }
            + term.pythonStep.map { "    \($0)" } + ["return out"]
    }
}

extension MachineScorer: NumPyScoring {
    func pythonBody(isOfOptions: Bool, expression: (TypedExpression) -> [String]) -> [String] {
        var lines: [String] = []
        for (k, condition) in conditions.enumerated() { lines += ["def guard_\(k)():"] + expression(condition).map { "    \($0)" } }
        lines.append("guards = [\(conditions.indices.map { "np.broadcast_to(guard_\($0)(), starts.shape)" }.joined(separator: ", "))]")
        lines.append("# Of each state: its edges as (guard, next state, pay), the first whose guard holds counts; and the pay without one.")
        lines.append("edges = [\(edges.map { "[" + $0.map { "(\($0.guardIndex), \($0.to), \(pythonNumber($0.reward)))" }.joined(separator: ", ") + "]" }.joined(separator: ", "))]")
        lines.append("stay = [\(stay.map(pythonNumber).joined(separator: ", "))]")
        lines += [
            "out = np.zeros(len(starts))", "for t in range(len(starts)):", "    if starts[t]:", "        state = 0", "    for guard, target, pay in edges[state]:",
            "        if guards[guard][t]:", "            out[t], state = pay, target", "            break", "    else:", "        out[t] = stay[state]", "return out",
        ]
        return lines
    }
}
