"""Numbers as people read them: three digits, a real minus sign, percent, ∞; once for text and once for LaTeX."""

import math

from kdviz.words import W

SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _parts(x, digits):
    """Sign, mantissa and power of ten of `x` to `digits` significant digits; the power is None in everyday range."""
    text = f"{abs(x):.{digits - 1}e}"
    mantissa, _, exponent = text.partition("e")
    power = int(exponent)
    sign = "−" if x < 0 else ""
    if -3 <= power < 5:
        return sign, f"{float(text):.{max(0, digits - 1 - power)}f}", None
    return sign, mantissa, power


def number(x, digits=3):
    """`x` with `digits` significant digits.

    >>> number(-0.04567), number(173.2), number(2e-7), number(float("inf")), number(0.0)
    ('−0.0457', '173', '2.00×10⁻⁷', '∞', '0')
    """
    if math.isnan(x):
        return W.UNDEFINED
    if math.isinf(x):
        return "∞" if x > 0 else "−∞"
    if x == 0:
        return "0"
    sign, mantissa, power = _parts(x, digits)
    return sign + mantissa + ("" if power is None else f"×10{str(power).translate(SUPERSCRIPT)}")


def tidy(x):
    """A number somebody set: as short as it can be.

    >>> tidy(20.0), tidy(-1.5), tidy(1000000.0), tidy(float("inf"))
    ('20', '−1.5', '10⁶', '∞')
    """
    if not math.isfinite(x):
        return number(x)
    if abs(x) >= 1e5 or 0 < abs(x) < 1e-3:
        mantissa, power = f"{x:.2e}".split("e")
        mantissa = mantissa.rstrip("0").rstrip(".").replace("-", "−")
        front = "" if mantissa == "1" else mantissa + "×"
        return f"{front}10{str(int(power)).translate(SUPERSCRIPT)}"
    return f"{x:.4g}".replace("-", "−")


def as_printed(x):
    """A number in the form of the paper's table.

    >>> as_printed(0.025), as_printed(-1.67e-4)
    ('2.50×10⁻²', '−1.67×10⁻⁴')
    """
    mantissa, power = f"{x:.2e}".replace("-", "−", int(x < 0)).split("e")
    return f"{mantissa}×10{str(int(power)).translate(SUPERSCRIPT)}"


def total(x, scale=1.0):
    """A sum over classes: what is only round-off of terms of size `scale` reads 0.

    >>> total(3e-17), total(2.0)
    ('0', '2.00')
    """
    return "0" if abs(x) < 1e-12 * max(1.0, scale) else number(x)


def decade(power):
    """The words for 10**power at a tick.

    >>> decade(-4), decade(-1), decade(2), decade(6)
    ('10⁻⁴', '0.1', '100', '10⁶')
    """
    return f"{10.0**power:g}" if -2 <= power <= 2 else "10" + str(power).translate(SUPERSCRIPT)


def score(z):
    """The words for a distance of `z` standard errors.

    >>> score(0.0246), score(-19.97), score(1.9e4)
    ('+0.02', '−20.0', '+19000')
    """
    digits = max(0, 2 - int(math.log10(max(1.0, abs(z)))))
    return f"{z:+.{digits}f}".replace("-", "−")


def percent(x, digits=3):
    """A share as percent, with a no-break space.

    >>> percent(0.0692), percent(1.0), percent(3e-9)
    ('6.92\\xa0%', '100\\xa0%', '3.00×10⁻⁷\\xa0%')
    """
    return W.UNDEFINED if math.isnan(x) else f"{number(100 * x, digits)}\N{NO-BREAK SPACE}%"


def digits_to(x, smallest):
    """How many digits `x` needs to show the third digit of `smallest`, at least three, at most nine.

    >>> number(50.03131, digits_to(50.03131, 0.0313))
    '50.0313'
    """
    if x == 0 or smallest == 0 or not (math.isfinite(x) and math.isfinite(smallest)):
        return 3
    return min(max(3, 3 + math.floor(math.log10(abs(x))) - math.floor(math.log10(abs(smallest)))), 9)


def share(x):
    """A part of a whole as percent, which reads 0 or 100 only where it is exactly that.

    >>> share(0.9999), share(1.0), share(0.25), share(2e-9)
    ('over 99.9\\xa0%', '100\\xa0%', '25.0\\xa0%', 'under 0.001\\xa0%')
    """
    if 0.9995 <= x < 1:
        return W.OVER.format(share="99.9\N{NO-BREAK SPACE}%")
    return W.UNDER.format(share="0.001\N{NO-BREAK SPACE}%") if 0 < x < 1e-5 else percent(x)


def plus_minus(share, half):
    """A share and the half width of its interval as percentage points, to the digit that the interval allows.

    >>> plus_minus(0.06667, 0.0075), plus_minus(-0.0041, 0.0008), plus_minus(-0.0004, 0.002)
    ('6.7 ± 0.8', '−0.41 ± 0.08', '0.0 ± 0.2')
    """
    digits = 1 if half == 0 or half >= 0.002 else 2
    points = round(100 * share, digits) + 0.0  # no minus before a zero
    return f"{points:.{digits}f} ± {100 * half:.{digits}f}".replace("-", "−")


def signed(difference, half):
    """A difference of shares as percentage points with its sign, and the half width of its interval.

    >>> signed(0.06667, 0.0075), signed(-0.0041, 0.0008), signed(0.0004, 0.002)
    ('+6.7 ± 0.8', '−0.41 ± 0.08', '0.0 ± 0.2')
    """
    text = plus_minus(difference, half)
    return text if text.startswith(("−", "0.0 ", "0.00 ")) else f"+{text}"


def tex(x, digits=3):
    """`x` for LaTeX.

    >>> tex(-2e-7), tex(0.25), tex(float("inf"))
    ('-2.00\\\\times 10^{-7}', '0.250', '\\\\infty')
    """
    if math.isnan(x):
        return rf"\text{{{W.UNDEFINED}}}"
    if math.isinf(x):
        return r"\infty" if x > 0 else r"-\infty"
    if x == 0:
        return "0"
    sign, mantissa, power = _parts(x, digits)
    return sign.replace("−", "-") + mantissa + ("" if power is None else rf"\times 10^{{{power}}}")


def tex_tidy(x):
    """A number somebody set, for LaTeX.

    >>> tex_tidy(20.0), tex_tidy(2.5e6), tex_tidy(1e6)
    ('20', '2.5\\\\times 10^{6}', '10^{6}')
    """
    if not math.isfinite(x) or abs(x) < 1e5:
        return tidy(x).replace("−", "-") if abs(x) >= 1e-3 and math.isfinite(x) else tex(x)
    mantissa, power = f"{x:.2e}".split("e")
    mantissa = mantissa.rstrip("0").rstrip(".")
    return ("" if mantissa == "1" else rf"{mantissa}\times ") + f"10^{{{int(power)}}}"


def bracket(text):
    """LaTeX of a number, in brackets when it is negative, so that it may stand behind an operator.

    >>> bracket(tex(-2.0)), bracket(tex(2.0))
    ('\\\\left(-2.00\\\\right)', '2.00')
    """
    return rf"\left({text}\right)" if text.startswith("-") else text


def reach(x, least=1.0):
    """The end of a symmetric meter that holds ±x: 1, 2 or 5 times a power of ten, and at least `least`.

    >>> reach(0.3), reach(2.1), reach(0.3, 0.01)
    (1.0, 5.0, 0.5)
    """
    if not math.isfinite(x) or abs(x) <= least:
        return least
    power = 10.0 ** math.floor(math.log10(abs(x)))
    return next(step * power for step in (1.0, 2.0, 5.0, 10.0) if step * power >= abs(x))
