"""Formulas: what converts, what is refused and where, and that nothing leaves but what is on the list."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from genai_atlas.formula import ALLOWED, Formula, FormulaError, characters, class_name, convert, stylesheet

TYPICAL = (
    r"\mathcal{L} = -\mathbb{E}_{x\sim p_{\text{data}}}\left[\log p_\theta(x)\right]",
    r"O_i = \operatorname{softmax}\!\Big(\tfrac{Q_i K^{\top}}{\sqrt{d_h}} + M\Big)\,V \;:\; (n, d_h), \qquad Y = O_1",
    r"\begin{aligned} a &= b + c \\ &= d \end{aligned}",
    r"\begin{align*} a &= b \\ c &= d \end{align*}",
    r"f(x) = \begin{cases} 1 & x > 0 \\ 0 & \text{otherwise} \end{cases}",
    r"\begin{pmatrix} a & b \\ c & d \end{pmatrix} \begin{bmatrix} 1 \end{bmatrix} \begin{vmatrix} 1 \end{vmatrix}",
    r"\begin{array}{c|cc} a & b & c \\ \hline 1 & 2 & 3 \end{array}",
    r"\begin{gathered} a \\ b \end{gathered}",
    r"\operatorname*{arg\,max}_{\theta} \sum_{i=1}^N \log p(x_i \mid \theta)",
    r"\underbrace{a+b}_{\text{sum}} + \overbrace{c+d}^{n}",
    r"\widetilde{x} + \hat{y} + \bar{z} + \vec{v} + \dot q + \ddot q + \widehat{xyz} + \overline{abc}",
    r"\sum_{\substack{i<j \\ j<k}} a_{ij}",
    r"\sqrt[3]{x} \quad \binom{n}{k} \qquad \dfrac{a}{b} + \tfrac{a}{b} + \cfrac{1}{1+x}",
    r"\int_0^\infty e^{-x^2}\,dx = \frac{\sqrt\pi}{2}",
    r"\nabla_\theta J(\theta) = \mathbb{E}\big[\nabla_\theta \log\pi_\theta(a|s) A(s,a)\big]",
    r"\min_G \max_D V(D,G)",
    r"\bm{x} \boldsymbol{\Sigma} \mathbf{W} \mathsf{T} \mathtt{x} \mathfrak{g} \mathscr{F} \mathit{ab} \mathbf{ab}",
    r"\lVert x \rVert_2 \lvert x \rvert \|x\| \langle a,b\rangle \lfloor x \rfloor \lceil y\rceil",
    r"x_{<t} \leq y \geq z \neq w \approx v \propto u \ll \gg",
    r"\left. \frac{df}{dx} \right|_{x=0}",
    r"\mathrm{kl}\big(\hat R(Q)\,\|\,R(Q)\big) \;\le\; \frac{\mathrm{KL}(Q\|P) + \ln(2\sqrt{n}/\delta)}{n} .",
    r"y_{pi} = \beta_0 + \beta_1 x_{pi} + u_p + w_i + \varepsilon_{pi}, \qquad u_p \sim \mathcal N(0,\sigma_u^2)",
    r"\Pr(i \succ j) = 1/(1+e^{\theta_j-\theta_i})",
    r"\stackrel{\text{def}}{=} \overset{!}{=} \underset{x}{=} \xrightarrow{f} \coloneqq",
    r"f'(x) + f''(x) + x^{\prime} + \partial x + \infty",
    r"\forall x \exists y : x \in A \subset B \cup C \cap \emptyset",
    r"5\% \; \$5 \; \# \; \& \; \_ \; \{ \}",
    r"a \bmod b \pmod{n}",
    r"\dots \ldots \cdots \vdots \ddots",
    r"\limsup_{n\to\infty} \lim_{x\to 0} \sup \inf \exp \ln \log_2",
    r"\text{if } x \text{ and } \textbf{b} \textit{i} \emph{e} \texttt{t} \textrm{r}",
    r"\odot \otimes \oplus \circ \star \times \cdot \pm",
    r"\mathbb{R}^{d \times d} \ni \ell_1, \hbar",
    r"\mathrel{x} \mathbin{y} \mathord{z} \phantom{w} \vphantom{\sum}",
    r"\hspace{1em} \quad \enspace a\ b~c",
    r"\sideset{_1^2}{_3^4}\sum {}_1F_2",
    r"\cdot \bigoplus_{i}^n \bigcup \prod_{i=1}^{n} \coprod",
    r"\theta \leftarrow \theta - \eta \, \frac{\hat m_t}{\sqrt{\hat v_t} + \epsilon}",
    r"\text{é, 中}",
    r"\not\in \not= \mapsto \implies \iff",
)


LIMITS = "use \\operatorname*{name} for a function's name"


class Tags(HTMLParser):
    """Names of elements and (element, attribute) pairs."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()
        self.classes: set[str] = set()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {(tag, name) for name, _ in attrs}
        self.classes |= {value or "" for name, value in attrs if name == "class"}


def assert_clean(formula: Formula) -> None:
    found = Tags(formula.html)
    assert found.tags <= ALLOWED.keys()
    assert {(tag, name) for tag, name in found.attributes if name not in ALLOWED[tag]} == set()
    assert found.classes == {class_name(style) for style in formula.styles}
    assert "\n" not in formula.html
    assert not re.search(r">[ \t]+<(?!/mtext>)", formula.html)
    ElementTree.fromstring(formula.html)


@pytest.mark.parametrize("display", [False, True], ids=["inline", "display"])
@pytest.mark.parametrize("tex", TYPICAL)
def test_typical_formula_converts_to_what_is_allowed(tex: str, display: bool) -> None:
    formula = convert(tex, display)
    assert formula.html.startswith('<math display="block">' if display else "<math>")
    assert_clean(formula)


@pytest.mark.parametrize(
    ("tex", "mathml"),
    [
        ("d_h", "<math><msub><mi>d</mi><mi>h</mi></msub></math>"),
        ("x_{<t}", '<math><msub><mi>x</mi><mrow><mo lspace="0" rspace="0">&lt;</mo><mi>t</mi></mrow></msub></math>'),
        ("a\\ b", "<math><mi>a</mi><mtext>\u00a0</mtext><mi>b</mi></math>"),
        (
            "\\log x",
            '<math><mrow><mrow><mspace/><mi>log</mi></mrow><mo lspace="0.1667em">\u2061</mo><mi>x</mi></mrow></math>',
        ),
        ("a\\!b", '<math><mi>a</mi><mspace class="atlas-m-046ee191"/><mi>b</mi></math>'),
        ("\\textrm{r}", "<math><mtext><span>r</span></mtext></math>"),
        (
            "\\mathrel\\big\\|",
            '<math><mo stretchy="true" symmetric="true" lspace="0" rspace="0" minsize="1.2em" maxsize="1.2em">‖</mo>'
            "</math>",
        ),
    ],
    ids=[
        "subscript",
        "less-than",
        "space",
        "named-entity",
        "style-becomes-class",
        "serif-span",
        "attribute-given-twice",
    ],
)
def test_conversion_is_exactly(tex: str, mathml: str) -> None:
    assert convert(tex, False).html == mathml


@pytest.mark.parametrize(
    ("tex", "offset", "message", "hint"),
    [
        ("", 0, "an empty formula", "write the formula between the dollar signs"),
        (" \n", 0, "an empty formula", "write the formula between the dollar signs"),
        ("\\frac{a", 7, 'Expected closing token "}", but reached end of input', ""),
        ("a & b", 2, 'Found "&", which may only appear in a table-like environment', ""),
        ("x^2^3", 3, "Duplicate subscript or superscript", ""),
        (
            "é 𝒙 \\sotfmax",
            4,
            'Unknown command "\\sotfmax"',
            "check the spelling; a function's name is written \\operatorname{name}",
        ),
        ("\\mathop{l}\\limits_x", 10, 'Found "\\limits", which may only appear after \\int, \\sum, ....', LIMITS),
        ("\\begin{split} a \\end{split}", 6, 'Unknown environment "split"', "use aligned"),
        ("\\mathbbm{1}", 0, 'Unknown command "\\mathbbm"', "use \\mathbb"),
        ("\\href{javascript:alert(1)}{x}", 0, 'Unknown command "\\href"', "put the link in the text"),
        ("95% of x", 2, "'%' begins a comment, and what follows it would be lost", "write \\%"),
        ("a \\", 2, "a formula cannot end with a backslash", ""),
        (
            "x \\boxed{y}",
            2,
            "'\\boxed': no browser draws the line of this command",
            "say it in the text, or use \\underbrace",
        ),
        (
            "\\cancel x",
            0,
            "'\\cancel': no browser draws the line of this command",
            "say it in the text, or use \\underbrace",
        ),
        (
            "\\color{red} x",
            0,
            "'\\color': formulas have no colours",
            "name the part in the text: no one colour is readable in both schemes",
        ),
        ("\\newcommand{\\f}{x}\\f", 0, "'\\newcommand': a formula cannot define commands", "write the expansion out"),
        ("a \\def\\f{x}\\f", 2, "'\\def': a formula cannot define commands", "write the expansion out"),
        (
            "\\begin{align} a \\end{align}",
            0,
            "'\\begin{align}': formulas carry no numbers",
            "use aligned, gathered, or the starred form",
        ),
        (
            "\\begin {equation}a\\end{equation}",
            0,
            "'\\begin {equation}': formulas carry no numbers",
            "use aligned, gathered, or the starred form",
        ),
        ("\\eqref{a}", 0, "'\\eqref': formulas carry no numbers to refer to", "describe the formula in words"),
        (
            "\\textsf{x}",
            0,
            "the formula would put '<span class=\"math-core-sans-serif-font\">' into the page",
            "use \\mathsf",
        ),
        ("\\operatorname <", 0, "the formula would put '<</mi>' into the page", "leave the command out"),
        (
            "\\hspace{1000em}",
            0,
            "the formula would put '<mspace width=\"1000em\"/>' into the page",
            "leave the command out",
        ),
        ("a\u202eb", 1, "a character that is no text", ""),
        ("a\ud800", 1, "a character that is no text", ""),
        ("\\sqrt" * 101 + " x", 0, "the formula is nested deeper than 100 levels", "split it"),
        ("x" * 4001, 4000, "a formula of 4,001 characters; at most 4,000 are allowed", ""),
    ],
)
def test_refusal_says_what_where_and_how_to_mend(tex: str, offset: int, message: str, hint: str) -> None:
    with pytest.raises(FormulaError) as caught:
        convert(tex, False)
    assert (caught.value.offset, caught.value.message, caught.value.hint) == (offset, message, hint)


@pytest.mark.parametrize("tex", ["\\\\def", "\\%", "\\\\\\%", "\\definite"[:4] + "x"])
def test_lookalikes_of_refused_commands_are_left_to_the_converter(tex: str) -> None:
    try:
        convert(tex, False)
    except FormulaError as error:
        assert error.message.startswith("Unknown command")


def test_stylesheet_has_one_rule_for_each_style_in_a_fixed_order() -> None:
    styles = convert(TYPICAL[2], True).styles | convert(TYPICAL[6], True).styles
    assert (
        stylesheet(sorted(styles))
        == stylesheet(sorted(styles, reverse=True))
        == "".join(f".{name}{{{style}}}\n" for name, style in sorted((class_name(style), style) for style in styles))
    )
    assert styles == {
        "text-align:right;justify-items:end;padding-right:0",
        "text-align:left;justify-items:start;padding-left:0",
        "border-right:0.05em solid currentcolor",
        "border-top:0.05em solid currentcolor",
        "border-top:0.05em solid currentcolor;border-right:0.05em solid currentcolor",
    }


@pytest.mark.parametrize(
    ("tex", "needed"),
    [
        ("x", {"x", "𝑥"}),
        ("h + 1", {"h", "ℎ", "+", "1"}),
        ("\\Theta", {"Θ"}),
        ("\\varTheta_\\beta", {"Θ", "𝛩", "β", "𝛽"}),
        ("\\log", {"l", "o", "g"}),
        ("\\sqrt 2", {"√", "2"}),
        ("x_{<t}", {"x", "𝑥", "<", "t", "𝑡"}),
    ],
)
def test_characters_are_those_a_browser_draws(tex: str, needed: set[str]) -> None:
    """A browser draws `<mi>x</mi>` with the letter 𝑥, which the font must therefore hold."""
    assert characters(convert(tex, False).html) == needed


PIECES = r"""
\frac \sqrt \left( \right) \begin{aligned} \end{aligned} \begin{cases} \end{cases} \text{ \textbf{ \mathbf \operatorname
\operatorname* \sum \substack{ \big \not \hat \overbrace \hspace{1em} \! \raisebox{1em} \mathrel \middle \displaystyle
\sideset \tag{1} \tiny \cramped \mkern-99mu ( ) [ ] \{ { } } } ^ _ & \\ | \| < > = - + a b 1 , ' " ~ é \alpha % # $ @
"""
WRITTEN = st.lists(st.sampled_from(PIECES.split()), max_size=12).map(" ".join)


@given(st.one_of(st.text(), WRITTEN), st.booleans())
@example("\\operatorname <", False)
@example("\\mathrel\\big\\|", True)
def test_any_text_converts_cleanly_or_is_refused_within_itself(tex: str, display: bool) -> None:
    try:
        formula = convert(tex, display)
    except FormulaError as error:
        assert 0 <= error.offset <= len(tex)
        assert error.message
    else:
        assert_clean(formula)
        assert characters(formula.html) >= set(html.unescape(re.sub(r"<[^>]*>", "", formula.html)))
