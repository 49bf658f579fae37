import { isObject } from "./json.ts";
import { parseQuantity } from "./quantity.ts";

/*
 * The fields of the API's types that make up a Deployment's spec, a pod's spec and a Scale's, as Kubernetes 1.37 has
 * them. A test compares this list with the OpenAPI document of the API server: a field that a newer Kubernetes adds
 * is a decision to make (may a site's author set it?) before it becomes a way around the policy.
 *
 * Written as `field:type`, `[type]` for a list and `<type>` for a map. Volume sources that no limit allows are `object`.
 */
const knownFields = {
  Affinity: `
    nodeAffinity:NodeAffinity podAffinity:PodAffinity podAntiAffinity:PodAntiAffinity
  `,
  AppArmorProfile: `
    localhostProfile:text type:text
  `,
  CSIVolumeSource: `
    driver:text fsType:text nodePublishSecretRef:LocalObjectReference readOnly:boolean
    volumeAttributes:<text>
  `,
  Capabilities: `
    add:[text] drop:[text]
  `,
  ClusterTrustBundleProjection: `
    labelSelector:LabelSelector name:text optional:boolean path:text signerName:text user:integer
  `,
  ConfigMapEnvSource: `
    name:text optional:boolean
  `,
  ConfigMapKeySelector: `
    key:text name:text optional:boolean
  `,
  ConfigMapProjection: `
    items:[KeyToPath] name:text optional:boolean
  `,
  ConfigMapVolumeSource: `
    defaultMode:integer defaultUser:integer items:[KeyToPath] name:text optional:boolean
  `,
  Container: `
    args:[text] command:[text] env:[EnvVar] envFrom:[EnvFromSource] image:text imagePullPolicy:text
    lifecycle:Lifecycle livenessProbe:Probe name:text ports:[ContainerPort] readinessProbe:Probe
    resizePolicy:[ContainerResizePolicy] resources:ResourceRequirements restartPolicy:text
    restartPolicyRules:[ContainerRestartRule] securityContext:SecurityContext startupProbe:Probe
    stdin:boolean stdinOnce:boolean terminationMessagePath:text terminationMessagePolicy:text
    tty:boolean volumeDevices:[VolumeDevice] volumeMounts:[VolumeMount] workingDir:text
  `,
  ContainerPort: `
    containerPort:integer hostIP:text hostPort:integer name:text protocol:text
  `,
  ContainerResizePolicy: `
    resourceName:text restartPolicy:text
  `,
  ContainerRestartRule: `
    action:text exitCodes:ContainerRestartRuleOnExitCodes
  `,
  ContainerRestartRuleOnExitCodes: `
    operator:text values:[integer]
  `,
  DeploymentSpec: `
    minReadySeconds:integer paused:boolean progressDeadlineSeconds:integer replicas:integer
    revisionHistoryLimit:integer selector:LabelSelector strategy:DeploymentStrategy
    template:PodTemplateSpec
  `,
  DeploymentStrategy: `
    rollingUpdate:RollingUpdateDeployment type:text
  `,
  DownwardAPIProjection: `
    items:[DownwardAPIVolumeFile]
  `,
  DownwardAPIVolumeFile: `
    fieldRef:ObjectFieldSelector mode:integer path:text resourceFieldRef:ResourceFieldSelector
    user:integer
  `,
  DownwardAPIVolumeSource: `
    defaultMode:integer defaultUser:integer items:[DownwardAPIVolumeFile]
  `,
  EmptyDirVolumeSource: `
    medium:text mode:integer sizeLimit:quantity
  `,
  EnvFromSource: `
    configMapRef:ConfigMapEnvSource prefix:text secretRef:SecretEnvSource
  `,
  EnvVar: `
    name:text value:text valueFrom:EnvVarSource
  `,
  EnvVarSource: `
    configMapKeyRef:ConfigMapKeySelector fieldRef:ObjectFieldSelector fileKeyRef:FileKeySelector
    resourceFieldRef:ResourceFieldSelector secretKeyRef:SecretKeySelector
  `,
  EphemeralContainer: `
    args:[text] command:[text] env:[EnvVar] envFrom:[EnvFromSource] image:text imagePullPolicy:text
    lifecycle:Lifecycle livenessProbe:Probe name:text ports:[ContainerPort] readinessProbe:Probe
    resizePolicy:[ContainerResizePolicy] resources:ResourceRequirements restartPolicy:text
    restartPolicyRules:[ContainerRestartRule] securityContext:SecurityContext startupProbe:Probe
    stdin:boolean stdinOnce:boolean targetContainerName:text terminationMessagePath:text
    terminationMessagePolicy:text tty:boolean volumeDevices:[VolumeDevice]
    volumeMounts:[VolumeMount] workingDir:text
  `,
  EphemeralVolumeSource: `
    volumeClaimTemplate:PersistentVolumeClaimTemplate
  `,
  EvictionResponder: `
    name:text priority:integer
  `,
  ExecAction: `
    command:[text]
  `,
  FileKeySelector: `
    key:text optional:boolean path:text volumeName:text
  `,
  GRPCAction: `
    mode:text port:integer service:text
  `,
  HTTPGetAction: `
    host:text httpHeaders:[HTTPHeader] path:text port:intOrString protocol:text scheme:text
  `,
  HTTPHeader: `
    name:text value:text
  `,
  HostAlias: `
    hostnames:[text] ip:text
  `,
  ImageVolumeSource: `
    pullPolicy:text reference:text
  `,
  KeyToPath: `
    key:text mode:integer path:text user:integer
  `,
  LabelSelector: `
    matchExpressions:[LabelSelectorRequirement] matchLabels:<text>
  `,
  LabelSelectorRequirement: `
    key:text operator:text values:[text]
  `,
  Lifecycle: `
    postStart:LifecycleHandler preStop:LifecycleHandler stopSignal:text
  `,
  LifecycleHandler: `
    exec:ExecAction httpGet:HTTPGetAction sleep:SleepAction tcpSocket:TCPSocketAction
  `,
  LocalObjectReference: `
    name:text
  `,
  NodeAffinity: `
    preferredDuringSchedulingIgnoredDuringExecution:[PreferredSchedulingTerm]
    requiredDuringSchedulingIgnoredDuringExecution:NodeSelector
  `,
  NodeSelector: `
    nodeSelectorTerms:[NodeSelectorTerm]
  `,
  NodeSelectorRequirement: `
    key:text operator:text values:[text]
  `,
  NodeSelectorTerm: `
    matchExpressions:[NodeSelectorRequirement] matchFields:[NodeSelectorRequirement]
  `,
  ObjectFieldSelector: `
    apiVersion:text fieldPath:text
  `,
  ObjectMeta: `
    annotations:<text> creationTimestamp:text deletionGracePeriodSeconds:integer
    deletionTimestamp:text finalizers:[text] generateName:text generation:integer labels:<text>
    managedFields:[anything] name:text namespace:text ownerReferences:[OwnerReference]
    resourceVersion:text selfLink:text uid:text
  `,
  OwnerReference: `
    apiVersion:text blockOwnerDeletion:boolean controller:boolean kind:text name:text uid:text
  `,
  PersistentVolumeClaimSpec: `
    accessModes:[text] dataSource:TypedLocalObjectReference dataSourceRef:TypedObjectReference
    resources:VolumeResourceRequirements selector:LabelSelector storageClassName:text
    volumeAttributesClassName:text volumeMode:text volumeName:text
  `,
  PersistentVolumeClaimTemplate: `
    metadata:ObjectMeta spec:PersistentVolumeClaimSpec
  `,
  PersistentVolumeClaimVolumeSource: `
    claimName:text readOnly:boolean
  `,
  PodAffinity: `
    preferredDuringSchedulingIgnoredDuringExecution:[WeightedPodAffinityTerm]
    requiredDuringSchedulingIgnoredDuringExecution:[PodAffinityTerm]
  `,
  PodAffinityTerm: `
    labelSelector:LabelSelector matchLabelKeys:[text] mismatchLabelKeys:[text]
    namespaceSelector:LabelSelector namespaces:[text] topologyKey:text
  `,
  PodAntiAffinity: `
    preferredDuringSchedulingIgnoredDuringExecution:[WeightedPodAffinityTerm]
    requiredDuringSchedulingIgnoredDuringExecution:[PodAffinityTerm]
  `,
  PodCertificateProjection: `
    certificateChainPath:text credentialBundlePath:text keyPath:text keyType:text
    maxExpirationSeconds:integer signerName:text user:integer userAnnotations:<text>
  `,
  PodDNSConfig: `
    nameservers:[text] options:[PodDNSConfigOption] searches:[text]
  `,
  PodDNSConfigOption: `
    name:text value:text
  `,
  PodOS: `
    name:text
  `,
  PodReadinessGate: `
    conditionType:text
  `,
  PodResourceClaim: `
    name:text resourceClaimName:text resourceClaimTemplateName:text
  `,
  PodSchedulingGate: `
    name:text
  `,
  PodSchedulingGroup: `
    podGroupName:text
  `,
  PodSecurityContext: `
    appArmorProfile:AppArmorProfile fsGroup:integer fsGroupChangePolicy:text runAsGroup:integer
    runAsNonRoot:boolean runAsUser:integer seLinuxChangePolicy:text seLinuxOptions:SELinuxOptions
    seccompProfile:SeccompProfile supplementalGroups:[integer] supplementalGroupsPolicy:text
    sysctls:[Sysctl] windowsOptions:WindowsSecurityContextOptions
  `,
  PodSpec: `
    activeDeadlineSeconds:integer affinity:Affinity automountServiceAccountToken:boolean
    containers:[Container] dnsConfig:PodDNSConfig dnsPolicy:text enableServiceLinks:boolean
    ephemeralContainers:[EphemeralContainer] evictionResponders:[EvictionResponder]
    hostAliases:[HostAlias] hostIPC:boolean hostNetwork:boolean hostPID:boolean hostUsers:boolean
    hostname:text hostnameOverride:text imagePullSecrets:[LocalObjectReference]
    initContainers:[Container] nodeName:text nodeSelector:<text> os:PodOS overhead:<quantity>
    preemptionPolicy:text priority:integer priorityClassName:text readinessGates:[PodReadinessGate]
    resourceClaims:[PodResourceClaim] resources:ResourceRequirements restartPolicy:text
    runtimeClassName:text schedulerName:text schedulingGates:[PodSchedulingGate]
    schedulingGroup:PodSchedulingGroup securityContext:PodSecurityContext serviceAccount:text
    serviceAccountName:text setHostnameAsFQDN:boolean shareProcessNamespace:boolean subdomain:text
    terminationGracePeriodSeconds:integer tolerations:[Toleration]
    topologySpreadConstraints:[TopologySpreadConstraint] volumes:[Volume]
  `,
  PodTemplateSpec: `
    metadata:ObjectMeta spec:PodSpec
  `,
  PreferredSchedulingTerm: `
    preference:NodeSelectorTerm weight:integer
  `,
  Probe: `
    exec:ExecAction failureThreshold:integer grpc:GRPCAction httpGet:HTTPGetAction
    initialDelaySeconds:integer periodSeconds:integer successThreshold:integer
    tcpSocket:TCPSocketAction terminationGracePeriodSeconds:integer timeoutSeconds:integer
  `,
  ProjectedVolumeSource: `
    defaultMode:integer defaultUser:integer sources:[VolumeProjection]
  `,
  ResourceClaim: `
    name:text request:text
  `,
  ResourceFieldSelector: `
    containerName:text divisor:quantity resource:text
  `,
  ResourceRequirements: `
    claims:[ResourceClaim] limits:<quantity> requests:<quantity>
  `,
  RollingUpdateDeployment: `
    maxSurge:intOrString maxUnavailable:intOrString
  `,
  SELinuxOptions: `
    level:text role:text type:text user:text
  `,
  ScaleSpec: `
    replicas:integer
  `,
  SeccompProfile: `
    localhostProfile:text type:text
  `,
  SecretEnvSource: `
    name:text optional:boolean
  `,
  SecretKeySelector: `
    key:text name:text optional:boolean
  `,
  SecretProjection: `
    items:[KeyToPath] name:text optional:boolean
  `,
  SecretVolumeSource: `
    defaultMode:integer defaultUser:integer items:[KeyToPath] optional:boolean secretName:text
  `,
  SecurityContext: `
    allowPrivilegeEscalation:boolean appArmorProfile:AppArmorProfile capabilities:Capabilities
    privileged:boolean procMount:text readOnlyRootFilesystem:boolean runAsGroup:integer
    runAsNonRoot:boolean runAsUser:integer seLinuxOptions:SELinuxOptions
    seccompProfile:SeccompProfile windowsOptions:WindowsSecurityContextOptions
  `,
  ServiceAccountTokenProjection: `
    audience:text expirationSeconds:integer path:text user:integer
  `,
  SleepAction: `
    seconds:integer
  `,
  Sysctl: `
    name:text value:text
  `,
  TCPSocketAction: `
    host:text port:intOrString
  `,
  Toleration: `
    effect:text key:text operator:text tolerationSeconds:integer value:text
  `,
  TopologySpreadConstraint: `
    labelSelector:LabelSelector matchLabelKeys:[text] maxSkew:integer minDomains:integer
    nodeAffinityPolicy:text nodeTaintsPolicy:text topologyKey:text whenUnsatisfiable:text
  `,
  TypedLocalObjectReference: `
    apiGroup:text kind:text name:text
  `,
  TypedObjectReference: `
    apiGroup:text kind:text name:text namespace:text
  `,
  Volume: `
    awsElasticBlockStore:object azureDisk:object azureFile:object cephfs:object cinder:object
    configMap:ConfigMapVolumeSource csi:CSIVolumeSource downwardAPI:DownwardAPIVolumeSource
    emptyDir:EmptyDirVolumeSource ephemeral:EphemeralVolumeSource fc:object flexVolume:object
    flocker:object gcePersistentDisk:object gitRepo:object glusterfs:object hostPath:object
    image:ImageVolumeSource iscsi:object name:text nfs:object
    persistentVolumeClaim:PersistentVolumeClaimVolumeSource photonPersistentDisk:object
    portworxVolume:object projected:ProjectedVolumeSource quobyte:object rbd:object scaleIO:object
    secret:SecretVolumeSource storageos:object vsphereVolume:object
  `,
  VolumeDevice: `
    devicePath:text name:text
  `,
  VolumeMount: `
    bindMountOptions:[text] mountPath:text mountPropagation:text name:text readOnly:boolean
    recursiveReadOnly:text subPath:text subPathExpr:text
  `,
  VolumeProjection: `
    clusterTrustBundle:ClusterTrustBundleProjection configMap:ConfigMapProjection
    downwardAPI:DownwardAPIProjection podCertificate:PodCertificateProjection
    secret:SecretProjection serviceAccountToken:ServiceAccountTokenProjection
  `,
  VolumeResourceRequirements: `
    limits:<quantity> requests:<quantity>
  `,
  WeightedPodAffinityTerm: `
    podAffinityTerm:PodAffinityTerm weight:integer
  `,
  WindowsSecurityContextOptions: `
    gmsaCredentialSpec:text gmsaCredentialSpecName:text hostProcess:boolean runAsUserName:text
  `,
} as const;

export type KnownType = keyof typeof knownFields;

/** The names of all types of the list. */
export const knownTypes: readonly KnownType[] = Object.keys(knownFields).filter(isKnownType);

/** What the API takes as a plain value, by the name that the list above uses, in words. */
export const valueKinds = {
  text: "a string",
  integer: "a whole number",
  boolean: "true or false",
  intOrString: "a whole number or a string",
  quantity: "a quantity",
  object: "an object",
  anything: "anything",
} as const;

export type ValueKind = keyof typeof valueKinds;

/** Whether a value is of a kind. One function for all kinds: a review asks it for every field that it has. */
export function isOfKind(value: unknown, kind: ValueKind): boolean {
  switch (kind) {
    case "text":
      return typeof value === "string";
    case "integer":
      return Number.isSafeInteger(value);
    case "boolean":
      return typeof value === "boolean";
    case "intOrString":
      return typeof value === "string" || Number.isSafeInteger(value);
    case "quantity":
      return parseQuantity(value) !== undefined;
    case "object":
      return isObject(value);
    case "anything":
      return true;
  }
}

interface ValueShape {
  readonly of: "value";
  readonly kind: ValueKind;
}

interface ObjectShape {
  readonly of: "object";
  readonly type: KnownType;
}

/** What the API says of one field. */
export type FieldShape =
  | ValueShape
  | ObjectShape
  | { readonly of: "list"; readonly item: ValueShape | ObjectShape }
  | { readonly of: "map"; readonly kind: ValueKind };

const parsedFields = new Map<KnownType, ReadonlyMap<string, FieldShape>>();

/** The fields of a type by name. */
export function fieldsOf(type: KnownType): ReadonlyMap<string, FieldShape> {
  const parsed = parsedFields.get(type);
  if (parsed !== undefined) return parsed;
  const fields = new Map(knownFields[type].trim().split(/\s+/).map(parseField));
  parsedFields.set(type, fields);
  return fields;
}

function parseField(text: string): [string, FieldShape] {
  const [name = "", type = ""] = text.split(":");
  const inner = type.slice(1, -1);
  if (type.startsWith("[")) return [name, { of: "list", item: itemShape(inner) }];
  if (!type.startsWith("<")) return [name, itemShape(type)];
  const value = itemShape(inner);
  if (value.of === "object") throw new Error(`known fields: a map of ${inner} is not supported`);
  return [name, { of: "map", kind: value.kind }];
}

function itemShape(type: string): ValueShape | ObjectShape {
  if (isKnownType(type)) return { of: "object", type };
  if (!isValueKind(type)) throw new Error(`known fields: ${type} is not in the list`);
  return { of: "value", kind: type };
}

function isKnownType(type: string): type is KnownType {
  return Object.hasOwn(knownFields, type);
}

function isValueKind(kind: string): kind is ValueKind {
  return Object.hasOwn(valueKinds, kind);
}
