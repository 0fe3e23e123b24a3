import Foundation
import OptionPricing
import TestSupport
import Testing

/// A case of Tests/Parity/options/fixture.json.
struct PricedOption: Decodable, Sendable {
    let right: String
    let spot, strike, minutes, volatility, rate, dividend: Double
    let price, delta, gamma, theta, vega: Double

    var side: OptionRight { right == "call" ? .call : .put }
    var years: Double { minutes / OptionTime.minutesPerYear }
    func value(_ side: OptionRight? = nil, spot: Double? = nil, years: Double? = nil, volatility: Double? = nil) -> OptionValue {
        BlackScholes.value(
            side ?? self.side, spot: spot ?? self.spot, strike: strike, years: years ?? self.years, volatility: volatility ?? self.volatility, rate: rate,
            dividendYield: dividend)
    }

    static let all: [PricedOption] = {
        struct File: Decodable { let cases: [PricedOption] }
        guard let data = FileManager.default.contents(atPath: fixture("options/fixture.json")), let file = try? JSONDecoder().decode(File.self, from: data) else {
            preconditionFailure("run python Tests/Parity/options/generate.py")
        }
        return file.cases
    }()
}

@Suite struct BlackScholesTests {
    /// QuantLib 1.44, analytic European engine and Black calculator. Far from the money its normal distribution keeps fewer digits in the tail.
    @Test func agreesWithQuantLib() {
        #expect(PricedOption.all.count == 160)
        for option in PricedOption.all {
            let found = option.value()
            func check(_ ours: Double, _ theirs: Double, scale: Double, _ name: String, _ tolerance: Double = 1e-10) {
                #expect(abs(ours - theirs) <= tolerance * max(abs(theirs), scale), "\(name) of \(option): \(ours)")
            }
            check(found.price, option.price, scale: 1e-3 * option.spot, "price")
            check(found.delta, option.delta, scale: 1e-3, "delta")
            check(found.gamma, option.gamma, scale: 1e-4 / option.spot, "gamma")
            // QuantLib takes theta as a difference of larger terms, divided by the time.
            check(found.theta, option.theta, scale: 1e-3 * option.spot, "theta", 1e-9)
            check(found.vega, option.vega, scale: 1e-5 * option.spot, "vega")
            #expect(found.price == BlackScholes.price(option.side, spot: option.spot, strike: option.strike, years: option.years, volatility: option.volatility, rate: option.rate, dividendYield: option.dividend))
        }
    }

    /// C - P = S e^(-qT) - K e^(-rT), and its derivatives.
    @Test func putCallParity() {
        for option in PricedOption.all {
            let call = option.value(.call), put = option.value(.put)
            let s = option.spot * exp(-option.dividend * option.years), k = option.strike * exp(-option.rate * option.years)
            #expect(abs(call.price - put.price - (s - k)) <= 1e-10 * max(call.price, put.price, abs(s - k)))
            #expect(abs(call.delta - put.delta - s / option.spot) <= 1e-12)
            #expect(call.gamma == put.gamma && call.vega == put.vega)
            #expect(abs(call.theta - put.theta - (option.dividend * s - option.rate * k)) <= 1e-10 * max(1, abs(call.theta)))
        }
    }

    /// Greeks against central differences of the price.
    @Test func finiteDifferences() {
        for option in PricedOption.all {
            let found = option.value(), width = option.volatility * option.years.squareRoot()
            let h = 1e-4 * width * option.spot
            let up = option.value(spot: option.spot + h), down = option.value(spot: option.spot - h)
            #expect(abs((up.price - down.price) / (2 * h) - found.delta) <= 1e-6)
            #expect(abs((up.delta - down.delta) / (2 * h) - found.gamma) <= 1e-6 * (found.gamma + 1 / (width * option.spot)))
            let v = 1e-5 * option.volatility
            let vega = (option.value(volatility: option.volatility + v).price - option.value(volatility: option.volatility - v).price) / (2 * v)
            #expect(abs(vega - found.vega) <= 1e-5 * (found.vega + 1e-3 * option.spot * option.years.squareRoot()))
            let t = 1e-5 * option.years
            let theta = -(option.value(years: option.years + t).price - option.value(years: option.years - t).price) / (2 * t)
            #expect(abs(theta - found.theta) <= 1e-4 * (abs(found.theta) + 1e-4 * option.spot * option.volatility / option.years.squareRoot()))
        }
    }

    @Test func limits() {
        // No volatility: the discounted gain at the forward price. Time below a minute counts as one.
        #expect(BlackScholes.price(.call, spot: 105, strike: 100, years: 0.5, volatility: 0) == 5)
        #expect(BlackScholes.price(.put, spot: 105, strike: 100, years: 0.5, volatility: 0) == 0)
        #expect(OptionTime.years(minutes: 0.2) == 1 / 525_600 && OptionTime.years(minutes: 60) == 60 / 525_600)
        // Textbook case (Hull, Options, Futures, and Other Derivatives, section "Black-Scholes-Merton pricing formulas"): S 42, K 40, r 10%, sigma 20%, T 0.5.
        #expect(abs(BlackScholes.price(.call, spot: 42, strike: 40, years: 0.5, volatility: 0.2, rate: 0.1) - 4.76) < 0.005)
        #expect(abs(BlackScholes.price(.put, spot: 42, strike: 40, years: 0.5, volatility: 0.2, rate: 0.1) - 0.81) < 0.005)
    }
}

@Suite struct ImpliedVolatilityTests {
    /// The volatility comes back wherever the price still holds it: its time value must exceed the rounding of the price.
    @Test func roundTrip() throws {
        var checked = 0
        for option in PricedOption.all {
            for side in OptionRight.allCases {
                let value = option.value(side)
                let limits = BlackScholes.bounds(side, spot: option.spot, strike: option.strike, years: option.years, rate: option.rate, dividendYield: option.dividend)
                let timeValue = value.price - limits.lowerBound
                guard timeValue > 1e-10 * option.spot else { continue }
                let found = try BlackScholes.impliedVolatility(
                    side, price: value.price, spot: option.spot, strike: option.strike, years: option.years, rate: option.rate, dividendYield: option.dividend)
                let rounding = 8 * max(option.spot, option.strike).ulp / value.vega
                #expect(abs(found - option.volatility) <= 1e-10 * option.volatility + rounding, "\(side) \(option): \(found)")
                checked += 1
            }
        }
        #expect(checked > 290)
    }

    @Test func refusesPricesWithAnArbitrage() {
        func solve(_ right: OptionRight, _ price: Double) throws(ImpliedVolatilityError) -> Double {
            try BlackScholes.impliedVolatility(right, price: price, spot: 100, strike: 90, years: 0.1)
        }
        #expect(throws: ImpliedVolatilityError.belowIntrinsicValue(price: 10, bound: 10)) { try solve(.call, 10) }
        #expect(throws: ImpliedVolatilityError.belowIntrinsicValue(price: 9, bound: 10)) { try solve(.call, 9) }
        #expect(throws: ImpliedVolatilityError.aboveUpperBound(price: 100, bound: 100)) { try solve(.call, 100) }
        #expect(throws: ImpliedVolatilityError.aboveUpperBound(price: 91, bound: 90)) { try solve(.put, 91) }
        #expect(throws: ImpliedVolatilityError.badInput) { try solve(.put, 0) }
        #expect(throws: ImpliedVolatilityError.badInput) { try solve(.put, .nan) }
        #expect((try? solve(.put, 89.9)) != nil)
    }
}

@Suite struct SurfaceTests {
    /// The U integrates to the whole session, is even in time, and puts more into the ends than a flat clock.
    @Test func clock() {
        let clock = VarianceClock(sessionShare: 0.6, dayOff: 0.1, depth: 0.9)
        #expect(clock.ahead(0) == 1 && abs(clock.ahead(1)) < 1e-15 && abs(clock.ahead(0.5) - 0.5) < 1e-15)
        // First tenth by hand: 0.1 + 0.9 ((-0.8^3 + 1) / 6 - 0.1 / 3) = 0.1 + 0.9 (0.488 / 6 - 0.0333333) = 0.1432.
        #expect(abs(1 - clock.ahead(0.1) - 0.1432) < 1e-12)
        #expect(abs(clock.ahead(0.9) - 0.1432) < 1e-12)
        #expect(abs(clock.tradingDays(elapsed: 0.5, sessions: 2, daysOff: 3) - (0.3 + 2 + 0.3)) < 1e-12)
        // The last minute keeps a minute's worth.
        #expect(abs(clock.tradingDays(elapsed: 1, sessions: 0, daysOff: 0) - 0.6 / 390) < 1e-15)
    }

    /// At the money the ACT/365 volatility reproduces the total variance; the smile follows its formula.
    @Test func smileAndTerm() {
        let surface = VolatilitySurface(skew: -0.3, curvature: 0.05)
        let years = 30.0 / 365, days = 21.0
        let flat = surface.volatility(level: 0.2, days: days, years: years, strike: 500, forward: 500)
        #expect(abs(flat * flat * years - 0.04 * days / 252) < 1e-15)
        let total = 0.2 * (days / 252).squareRoot()
        let low = surface.volatility(level: 0.2, days: days, years: years, strike: 500 * exp(-total), forward: 500)
        #expect(abs(low / flat - (1 + 0.3 + 0.05)) < 1e-12)
        // A quarter of the way to 25 days: skew times 0.25^0.4.
        let short = 6.25 / 365
        let x = surface.volatility(level: 0.2, days: days, years: short, strike: 500 * exp(total), forward: 500) / surface.volatility(level: 0.2, days: days, years: short, strike: 500, forward: 500)
        #expect(abs(x - (1 - 0.3 * pow(0.25, 0.4) + 0.05)) < 1e-12)
    }

    @Test func quotesLieOnTheGrid() {
        let model = SpreadModel(base: 2e-5, proportional: 0.01, tick: 0.01)
        // 2.004 at 500: half spread (0.01 + 0.02004) / 2 = 0.01502; bid 1.98898 -> 1.98, ask 2.01902 -> 2.02.
        let quote = model.quote(price: 2.004, spot: 500)
        #expect(abs(quote.bid - 1.98) < 1e-12 && abs(quote.ask - 2.02) < 1e-12)
        // Worthless: bid 0, ask one tick.
        let worthless = model.quote(price: 1e-9, spot: 500)
        #expect(worthless.bid == 0 && abs(worthless.ask - 0.01) < 1e-12)
        // Never crossed, never locked.
        let none = SpreadModel(base: 0, proportional: 0, tick: 0.05).quote(price: 1, spot: 100)
        #expect(none.ask - none.bid > 0.049)
    }
}
