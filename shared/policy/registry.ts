import type { Check } from "./check.ts";
import { affinity } from "./checks/affinity.ts";
import { annotations } from "./checks/annotations.ts";
import { appArmor } from "./checks/app-armor.ts";
import { capabilities } from "./checks/capabilities.ts";
import { commands } from "./checks/commands.ts";
import { containerCount } from "./checks/container-count.ts";
import { containerRestarts } from "./checks/container-restarts.ts";
import { dns } from "./checks/dns.ts";
import { envCredentials } from "./checks/env-credentials.ts";
import { envNames } from "./checks/env-names.ts";
import { envReferences } from "./checks/env-references.ts";
import { envSize } from "./checks/env-size.ts";
import { groups } from "./checks/groups.ts";
import { hostAliases } from "./checks/host-aliases.ts";
import { hostNames } from "./checks/host-names.ts";
import { hostNamespaces } from "./checks/host-namespaces.ts";
import { hostPath } from "./checks/host-path.ts";
import { hostPorts } from "./checks/host-ports.ts";
import { imagePullPolicy } from "./checks/image-pull-policy.ts";
import { imagePullSecrets } from "./checks/image-pull-secrets.ts";
import { imageRepository } from "./checks/image-repository.ts";
import { imageTag } from "./checks/image-tag.ts";
import { interactive } from "./checks/interactive.ts";
import { labels } from "./checks/labels.ts";
import { mounts } from "./checks/mounts.ts";
import { nodeName } from "./checks/node-name.ts";
import { nodeSelector } from "./checks/node-selector.ts";
import { ownership } from "./checks/ownership.ts";
import { ports } from "./checks/ports.ts";
import { priority } from "./checks/priority.ts";
import { privilegeEscalation } from "./checks/privilege-escalation.ts";
import { privileged } from "./checks/privileged.ts";
import { probeHosts } from "./checks/probe-hosts.ts";
import { probeTiming } from "./checks/probe-timing.ts";
import { procMount } from "./checks/proc-mount.ts";
import { processNamespace } from "./checks/process-namespace.ts";
import { projectedSources } from "./checks/projected-sources.ts";
import { readiness } from "./checks/readiness.ts";
import { replicas } from "./checks/replicas.ts";
import { resourceBounds } from "./checks/resource-bounds.ts";
import { resourceKinds } from "./checks/resource-kinds.ts";
import { resourcesRequired } from "./checks/resources-required.ts";
import { restrictedCapabilities } from "./checks/restricted-capabilities.ts";
import { restrictedSeccomp } from "./checks/restricted-seccomp.ts";
import { restrictedVolumes } from "./checks/restricted-volumes.ts";
import { rolloutBounds } from "./checks/rollout-bounds.ts";
import { runAsNonRoot } from "./checks/run-as-non-root.ts";
import { runAsUser } from "./checks/run-as-user.ts";
import { runtimeClass } from "./checks/runtime-class.ts";
import { scheduler } from "./checks/scheduler.ts";
import { schedulingGates } from "./checks/scheduling-gates.ts";
import { seccomp } from "./checks/seccomp.ts";
import { selector } from "./checks/selector.ts";
import { selinux } from "./checks/selinux.ts";
import { serviceAccount } from "./checks/service-account.ts";
import { serviceAccountToken } from "./checks/service-account-token.ts";
import { siteLabels } from "./checks/site-labels.ts";
import { siteName } from "./checks/site-name.ts";
import { strategy } from "./checks/strategy.ts";
import { sysctls } from "./checks/sysctls.ts";
import { termination } from "./checks/termination.ts";
import { tolerations } from "./checks/tolerations.ts";
import { topologySpread } from "./checks/topology-spread.ts";
import { unknownFields } from "./checks/unknown-fields.ts";
import { volumeCount } from "./checks/volume-count.ts";
import { volumeDrivers } from "./checks/volume-drivers.ts";
import { volumeReferences } from "./checks/volume-references.ts";
import { volumeSizes } from "./checks/volume-sizes.ts";
import { volumeTypes } from "./checks/volume-types.ts";
import { wellFormed } from "./checks/well-formed.ts";
import { windows } from "./checks/windows.ts";

import { controlIds } from "./control-ids.ts";

/** Every check, in the order of the controls' list: violations are reported in it. */
export const checks: readonly Check[] = validate([
  wellFormed,
  unknownFields,
  siteName,
  siteLabels,
  labels,
  annotations,
  ownership,
  selector,
  replicas,
  strategy,
  rolloutBounds,
  readiness,
  containerCount,
  containerRestarts,
  imageRepository,
  imageTag,
  imagePullPolicy,
  imagePullSecrets,
  resourcesRequired,
  resourceBounds,
  resourceKinds,
  commands,
  interactive,
  envSize,
  envNames,
  envReferences,
  envCredentials,
  ports,
  probeTiming,
  probeHosts,
  volumeTypes,
  volumeCount,
  volumeSizes,
  volumeReferences,
  volumeDrivers,
  projectedSources,
  mounts,
  serviceAccount,
  serviceAccountToken,
  hostNamespaces,
  hostPorts,
  hostPath,
  hostAliases,
  hostNames,
  dns,
  privileged,
  capabilities,
  appArmor,
  selinux,
  seccomp,
  procMount,
  sysctls,
  windows,
  groups,
  processNamespace,
  nodeName,
  nodeSelector,
  affinity,
  topologySpread,
  tolerations,
  scheduler,
  schedulingGates,
  priority,
  runtimeClass,
  termination,
  restrictedVolumes,
  restrictedCapabilities,
  restrictedSeccomp,
  privilegeEscalation,
  runAsNonRoot,
  runAsUser,
]);

/** A check that is missing, twice or out of order is a mistake of ours, found when the program starts. */
function validate(list: readonly Check[]): readonly Check[] {
  const ids = list.map(({ id }) => id);
  if (ids.join() !== controlIds.join())
    throw new Error(`the policy's checks are not its controls: ${ids.join(", ")}`);
  return list;
}
