"""scratch"""
import time, re
def test_smoke(app, resident, officer):
    r = resident
    t=time.time()
    r.get("/report"); r.post("/report"); print(r.response.status, r.response.location); r.follow()
    print(r.post("/report/1", kind="hate").location); r.follow()
    p = r.client.post("/ur/report/2", data=r._hidden("/report/2")|{"narrative":"half typed","switch":"ur"})
    print("SWITCH", p.status, p.location)
    r.post("/report/3", exact_x="1", **{"when":"exact","exact-day":"1","exact-month":"1","exact-year":"9"*30}); print("bigyear", r.response.status)
    for host in ["evil.example", "evil.example:99999", "a b", "<x>", "[::1", ""]:
        x = r.client.get("/staff", headers={"Host":host}); print(repr(host), x.status, x.location)
        x = r.client.get("/report/1", headers={"Host":host}); print(repr(host), x.status, x.location)
    x = r.client.get("/ur//evil.example"); print(x.status, re.findall('href="[^"]*evil[^"]*"', x.text), x.location)
    r.get("/report/sent"); print("sent early", r.response.status)
    print(time.time()-t)
    print([str(x)+str(sorted(x.methods)) for x in app.url_map.iter_rules()])
    officer.see("Reports")
