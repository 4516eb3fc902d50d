"""A site made with pymodbus: an Eastron SDM630 and two Wallbox Quasars, each on a port of its own.

Lines on standard input: "frequency 49.6" sets what the meter shows; "registers" prints registers 81, 83, 88 and 260 of both
Quasars; "writes N" prints how many writes Quasar N has seen and the values of its writes to register 260.

Usage: pymodbus_site.py ADDRESS PORT   (the Quasars take the next two ports)
"""
import asyncio
import struct
import sys

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext
from pymodbus.server import StartAsyncTcpServer

try:
    from pymodbus.datastore import ModbusDeviceContext as DeviceContext

    DEVICES = "devices"
except ImportError:  # before pymodbus 3.10
    from pymodbus.datastore import ModbusSlaveContext as DeviceContext

    DEVICES = "slaves"


class Quasar(ModbusSequentialDataBlock):
    """Registers of a Quasar with a vehicle; remembers what is written."""

    def __init__(self):
        super().__init__(1, [0] * 700)
        self.seen = []
        self.setValues(538, [4])
        self.setValues(539, [60])
        self.seen = []

    def setValues(self, address, values):
        self.seen.append((address - 1, list(values)))
        super().setValues(address, values)


def put(block, address, value):
    block.setValues(address + 1, list(struct.unpack(">HH", struct.pack(">f", value))))


meter = ModbusSequentialDataBlock(1, [0] * 200)
for phase in range(3):
    put(meter, 2 * phase, 230.5)
put(meter, 0x34, 1500.0)
put(meter, 0x46, 50.0)
quasars = [Quasar(), Quasar()]


async def commands():
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print("serving", flush=True)
    while line := await reader.readline():
        words = line.decode().split()
        if words[0] == "frequency":
            put(meter, 0x46, float(words[1]))
            print("set", flush=True)
        elif words[0] == "registers":
            values = [str(q.getValues(r + 1, 1)[0]) for q in quasars for r in (81, 83, 88, 260)]
            print(" ".join(values), flush=True)
        elif words[0] == "writes":
            quasar = quasars[int(words[1])]
            setpoints = [v[0] - 65536 if v[0] > 32767 else v[0] for a, v in quasar.seen if a == 260]
            print(len(quasar.seen), *setpoints, flush=True)
    sys.exit(0)


async def serve(address, port):
    def context(**tables):
        return ModbusServerContext(**{DEVICES: DeviceContext(**tables)}, single=True)

    await asyncio.gather(
        commands(),
        StartAsyncTcpServer(context=context(ir=meter), address=(address, port)),
        *(StartAsyncTcpServer(context=context(hr=q), address=(address, port + 1 + i)) for i, q in enumerate(quasars)),
    )


asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
