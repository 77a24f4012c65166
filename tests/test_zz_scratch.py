"""scratch"""
import pytest
def test_away(make_app):
    c = make_app(database_url="sqlite:////nowhere/portal.db").test_client()
    for p in ["/report/1", "/", "/nothing", "/ur/return"]:
        try:
            a = c.get(p); print(p, a.status, a.text[:200], "Something" in a.text, "cannot save" in a.text)
        except Exception as e:
            print(p, "RAISED", type(e), str(e)[:100])
