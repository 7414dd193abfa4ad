# SPDX-License-Identifier: MIT
"""What `npm run provision` does with each certificate, with boto3: the same five calls in the same order, from threads.

Arguments: endpoint URL, ledger (NDJSON with uid and certificatePem), name of a policy, number of threads.
Credentials and region come from the environment.
"""

import base64
import hashlib
import json
import ssl
import sys
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config

url, ledger, policy, threads = sys.argv[1:]
config = Config(max_pool_connections=int(threads), retries={"max_attempts": 0})
iot = boto3.client("iot", endpoint_url=url, config=config)


def provision(line):
    entry = json.loads(line)
    uid, pem = entry["uid"], entry["certificatePem"]
    thing = base64.urlsafe_b64encode(bytes.fromhex(uid)).decode()
    certificate_id = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
    attributes = {"uid": uid, "certificateId": certificate_id}
    iot.create_thing(thingName=thing, attributePayload={"attributes": attributes})
    arn = iot.register_certificate_without_ca(certificatePem=pem, status="INACTIVE")["certificateArn"]
    iot.attach_policy(policyName=policy, target=arn)
    iot.attach_thing_principal(thingName=thing, principal=arn)
    iot.update_certificate(certificateId=certificate_id, newStatus="ACTIVE")


with open(ledger) as lines, ThreadPoolExecutor(int(threads)) as pool:
    for _ in pool.map(provision, lines):
        pass
