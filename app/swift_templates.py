"""How templates are compiled: as Jinja does it, less what none of ours needs.

A page of fifty rows writes a thousand values and calls hundreds of functions. Of each value Jinja makes a Markup that
is joined and thrown away at once, and of each function it asks whether it wants the context; ours never do. Both are
left out here, for every page and without a sign of it in any template: what comes out is the same.
"""

from keyword import iskeyword
from typing import Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from markupsafe import Markup, escape
from markupsafe import _escape_inner as escape_text  # type: ignore[attr-defined]


class SwiftCode(CodeGenerator):
    """Writes the Python of a template."""

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        """A call, straight to what is called. Arguments that cannot be written down as they stand go Jinja's way."""
        if node.dyn_args or node.dyn_kwargs or any(iskeyword(one.key) for one in node.kwargs):
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.visit(node.node, frame)
        self.write("(")
        for argument in (*node.args, *node.kwargs):
            self.visit(argument, frame)
            self.write(", ")
        self.write("caller=caller)" if forward_caller else ")")

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        """What stands before a value that is written; a template that does not escape is Jinja's."""
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.written(")


def written(value: object) -> str:
    """A value as HTML: text escaped by MarkupSafe's own hand, without the Markup that it would be wrapped in."""
    if type(value) is str:
        return escape_text(value)
    return value if type(value) is Markup else escape(value)
