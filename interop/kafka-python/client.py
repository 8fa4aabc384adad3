"""kafka-python against the broker named on the command line, in every version of Kafka that it knows."""
import sys

from kafka.protocol.broker_version_data import BROKER_API_VERSIONS

import admin
import clients
from cases import run

bootstrap, target = sys.argv[1:]
served = [version for version in sorted(BROKER_API_VERSIONS) if version >= (0, 11)]
previous = None
for version in [*served, None]:
    kit = clients.Kit(bootstrap, version)
    previous = clients.add(kit, previous)
    admin.add(kit)
admin.add_once(clients.Kit(bootstrap, None), target)
# Apache 3.9 still serves these.
if target in ("millrace", "apache-4.x"):
    for version in BROKER_API_VERSIONS:
        if version not in served:
            clients.add_refusals(clients.Kit(bootstrap, version))
run()
