"""Fixtures for option prices, greeks and implied volatility: writes fixture.json beside this file.

Needs: QuantLib==1.44 (Python 3.11).  Run: python Tests/Parity/options/generate.py
"""
import json
import math
import pathlib
import random

import QuantLib as ql

SEED = 11


def one(right, spot, strike, days, volatility, rate, dividend):
    """Price and greeks by QuantLib's analytic European engine, continuous rates, ACT/365."""
    today = ql.Date(2, 1, 2025)
    ql.Settings.instance().evaluationDate = today
    counter = ql.Actual365Fixed()
    payoff = ql.PlainVanillaPayoff(ql.Option.Call if right == "call" else ql.Option.Put, strike)
    option = ql.VanillaOption(payoff, ql.EuropeanExercise(today + days))
    process = ql.BlackScholesMertonProcess(
        ql.QuoteHandle(ql.SimpleQuote(spot)),
        ql.YieldTermStructureHandle(ql.FlatForward(today, dividend, counter)),
        ql.YieldTermStructureHandle(ql.FlatForward(today, rate, counter)),
        ql.BlackVolTermStructureHandle(ql.BlackConstantVol(today, ql.NullCalendar(), volatility, counter)))
    option.setPricingEngine(ql.AnalyticEuropeanEngine(process))
    return {"price": option.NPV(), "delta": option.delta(), "gamma": option.gamma(), "theta": option.theta(), "vega": option.vega()}


def intraday(right, spot, strike, minutes, volatility, rate, dividend):
    """QuantLib's dates are whole days; times of minutes go through its Black calculator, theta included."""
    years = minutes / 525600
    discount, growth = math.exp(-rate * years), math.exp(-dividend * years)
    forward = spot * growth / discount
    payoff = ql.PlainVanillaPayoff(ql.Option.Call if right == "call" else ql.Option.Put, strike)
    c = ql.BlackCalculator(payoff, forward, volatility * math.sqrt(years), discount)
    return {"price": c.value(), "delta": c.delta(spot), "gamma": c.gamma(spot), "theta": c.theta(spot, years), "vega": c.vega(years)}


def main():
    random.seed(SEED)
    cases = []
    for k in range(160):
        right = random.choice(["call", "put"])
        spot = round(random.uniform(50, 6000), 2)
        volatility = round(random.choice([0.05, 0.12, 0.2, 0.35, 0.8, 1.6]) * random.uniform(0.9, 1.1), 4)
        rate, dividend = random.choice([(0, 0), (0.05, 0.013), (0.02, 0), (-0.005, 0.02), (0, 0.03)])
        if k % 2 == 0:
            days = random.choice([1, 2, 5, 30, 90, 365, 730])
            minutes = days * 1440
        else:
            days = None
            minutes = random.choice([1, 2, 5, 15, 60, 195, 390, 1830])
        width = volatility * math.sqrt(minutes / 525600)
        strike = round(spot * math.exp(random.uniform(-2.5, 2.5) * width), 2)
        inputs = (right, spot, strike, days if days else minutes, volatility, rate, dividend)
        found = one(*inputs) if days else intraday(*inputs)
        cases.append({
            "right": right, "spot": spot, "strike": strike, "minutes": minutes, "volatility": volatility, "rate": rate, "dividend": dividend, **found})
    fixture = {
        "command": "python Tests/Parity/options/generate.py", "seed": SEED, "versions": {"QuantLib": ql.__version__}, "cases": cases}
    path = pathlib.Path(__file__).with_name("fixture.json")
    path.write_text(json.dumps(fixture, indent=0) + "\n")


if __name__ == "__main__":
    main()
