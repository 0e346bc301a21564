"""The paper exchange as other exchanges' clients know them: one folder a dialect."""

__all__ = ()
