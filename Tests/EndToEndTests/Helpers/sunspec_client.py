"""A SunSpec client: finds the site, reads every point of every model, steers the baseline, and prints what it saw.

python3 sunspec_client.py PORT WATTS SECONDS
"""
import sys
import time

import sunspec2.modbus.client as client

port, watts, seconds = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
site = client.SunSpecModbusClientDeviceTCP(slave_id=1, ipaddr="127.0.0.1", ipport=port, timeout=5)
site.scan()
print("models", sorted(key for key in site.models if isinstance(key, int)))
points = 0
for key in [key for key in site.models if isinstance(key, int)]:
    for model in site.models[key]:
        model.read()
        for name, point in model.points.items():
            points += 1
            print(f"{key}.{name} = {point.cvalue}")
        for group in model.groups.values():
            for one in group if isinstance(group, list) else [group]:
                for name, point in one.points.items():
                    points += 1
                    print(f"{key}.{one.gname}.{name} = {point.cvalue}")
print("points", points)
control = site.DERCtlAC[0]
control.WSetRvrt.cvalue = 0
control.WSetRvrtTms.cvalue = seconds
control.WSet.cvalue = watts
control.WSetMod.cvalue = 1
control.WSetEna.cvalue = 1
for name in ("WSetRvrt", "WSetRvrtTms", "WSet", "WSetMod", "WSetEna"):
    getattr(control, name).write()
print("written")
sys.stdout.flush()
begun = time.time()
while time.time() - begun < seconds + 8:
    site.DERMeasureAC[0].read()
    control.read()
    print(f"{time.time() - begun:.1f} s W {site.DERMeasureAC[0].W.cvalue} ena {control.WSetEna.cvalue} left {control.WSetRvrtRem.cvalue}")
    sys.stdout.flush()
    time.sleep(1)
try:
    control.PFWInjEna.cvalue = 1
    control.PFWInjEna.write()
    print("a forbidden write was taken")
except Exception as error:
    print("refused:", error)
