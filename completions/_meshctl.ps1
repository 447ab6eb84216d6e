
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'meshctl' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'meshctl'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'meshctl' {
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('sandbox', 'sandbox', [CompletionResultType]::ParameterValue, 'Run a whole mesh on this machine')
            [CompletionResult]::new('install', 'install', [CompletionResultType]::ParameterValue, 'Install or upgrade the mesh')
            [CompletionResult]::new('upgrade', 'upgrade', [CompletionResultType]::ParameterValue, 'Install or upgrade the mesh')
            [CompletionResult]::new('manifest', 'manifest', [CompletionResultType]::ParameterValue, 'Print or write what would be installed')
            [CompletionResult]::new('uninstall', 'uninstall', [CompletionResultType]::ParameterValue, 'Take the mesh out again')
            [CompletionResult]::new('ns', 'ns', [CompletionResultType]::ParameterValue, 'Bring namespaces into the mesh, take them out, see what is in')
            [CompletionResult]::new('describe', 'describe', [CompletionResultType]::ParameterValue, 'Explain what the mesh makes of a pod or service')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Check that the mesh is well, or that a cluster is ready for it')
            [CompletionResult]::new('analyze', 'analyze', [CompletionResultType]::ParameterValue, 'Find what is accepted and does not do what its author thinks')
            [CompletionResult]::new('ci', 'ci', [CompletionResultType]::ParameterValue, 'Check manifests in a pipeline: definitions, findings and expectations, one exit code')
            [CompletionResult]::new('authz', 'authz', [CompletionResultType]::ParameterValue, 'Ask what policy says to a connection, before it is made')
            [CompletionResult]::new('authorization', 'authorization', [CompletionResultType]::ParameterValue, 'Ask what policy says to a connection, before it is made')
            [CompletionResult]::new('proxy-status', 'proxy-status', [CompletionResultType]::ParameterValue, 'Show which proxies are connected, and whether they are up to date')
            [CompletionResult]::new('ps', 'ps', [CompletionResultType]::ParameterValue, 'Show which proxies are connected, and whether they are up to date')
            [CompletionResult]::new('validate', 'validate', [CompletionResultType]::ParameterValue, 'Validate mesh objects in files, without a cluster')
            [CompletionResult]::new('top', 'top', [CompletionResultType]::ParameterValue, 'Show the CPU and memory that the mesh itself uses')
            [CompletionResult]::new('report', 'report', [CompletionResultType]::ParameterValue, 'Show what the mesh encrypts, what it costs and what it saves, as pages to hand on')
            [CompletionResult]::new('ztunnel-config', 'ztunnel-config', [CompletionResultType]::ParameterValue, 'Show what the node proxies know')
            [CompletionResult]::new('zc', 'zc', [CompletionResultType]::ParameterValue, 'Show what the node proxies know')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Compare the installation with what was meant, then check that it is well')
            [CompletionResult]::new('precheck', 'precheck', [CompletionResultType]::ParameterValue, 'Check that a cluster is ready for the mesh')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show each part of the mesh, and what is wrong')
            [CompletionResult]::new('bug-report', 'bug-report', [CompletionResultType]::ParameterValue, 'Write an archive for those who are to find out what is wrong; secrets redacted')
            [CompletionResult]::new('snapshot', 'snapshot', [CompletionResultType]::ParameterValue, 'Save the mesh at one moment, show it, compare two')
            [CompletionResult]::new('wait', 'wait', [CompletionResultType]::ParameterValue, 'Wait until what was applied has reached every node proxy')
            [CompletionResult]::new('waypoint', 'waypoint', [CompletionResultType]::ParameterValue, 'Ask for waypoints, list them, see what uses them')
            [CompletionResult]::new('wp', 'wp', [CompletionResultType]::ParameterValue, 'Ask for waypoints, list them, see what uses them')
            [CompletionResult]::new('xds', 'xds', [CompletionResultType]::ParameterValue, 'Show what the control plane sends to node proxies')
            [CompletionResult]::new('images', 'images', [CompletionResultType]::ParameterValue, 'Write OCI images of the mesh''s programs')
            [CompletionResult]::new('version', 'version', [CompletionResultType]::ParameterValue, 'Show the versions of client, control plane and data plane')
            [CompletionResult]::new('completion', 'completion', [CompletionResultType]::ParameterValue, 'Print the completion script of a shell')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshctl;sandbox' {
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('up', 'up', [CompletionResultType]::ParameterValue, 'Start a small cluster on this machine, without root and without touching the machine')
            [CompletionResult]::new('down', 'down', [CompletionResultType]::ParameterValue, 'End a sandbox and remove all it left')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show which sandboxes run')
            [CompletionResult]::new('env', 'env', [CompletionResultType]::ParameterValue, 'Print the line that makes kubectl and meshctl use a sandbox')
            [CompletionResult]::new('exec', 'exec', [CompletionResultType]::ParameterValue, 'Run a command in a pod of a sandbox')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Show the whole of it: install, enrol, encrypt, inspect')
            [CompletionResult]::new('load', 'load', [CompletionResultType]::ParameterValue, 'Move traffic between pods; what the image `meshctl` runs')
            [CompletionResult]::new('sniff', 'sniff', [CompletionResultType]::ParameterValue, 'Count what travels between the nodes')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshctl;sandbox;up' {
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The sandbox''s name')
            [CompletionResult]::new('--nodes', '--nodes', [CompletionResultType]::ParameterName, 'How many nodes')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--foreground', '--foreground', [CompletionResultType]::ParameterName, 'Stay, and end the sandbox with this command')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;sandbox;down' {
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The sandbox''s name')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;sandbox;status' {
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;sandbox;env' {
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The sandbox''s name')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;sandbox;exec' {
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The sandbox''s name')
            [CompletionResult]::new('--container', '--container', [CompletionResultType]::ParameterName, 'The container; the first one unless given')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;sandbox;demo' {
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The sandbox to bring up')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--rm', '--rm', [CompletionResultType]::ParameterName, 'Take the sandbox down at the end')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;sandbox;load' {
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Answer load connections')
            [CompletionResult]::new('relay', 'relay', [CompletionResultType]::ParameterValue, 'Copy every connection to another address')
            [CompletionResult]::new('run', 'run', [CompletionResultType]::ParameterValue, 'Run load against a `serve` and print a JSON report')
            [CompletionResult]::new('fetch', 'fetch', [CompletionResultType]::ParameterValue, 'Fetch one http:// address and print both ends')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshctl;sandbox;load;serve' {
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'TCP port to listen on')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;sandbox;load;relay' {
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'TCP port to listen on')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, '`host:port` to copy to')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;sandbox;load;run' {
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, '`host:port` of the server')
            [CompletionResult]::new('--mode', '--mode', [CompletionResultType]::ParameterName, 'echo, upload, download or connect')
            [CompletionResult]::new('--connections', '--connections', [CompletionResultType]::ParameterName, 'Connections side by side')
            [CompletionResult]::new('--message', '--message', [CompletionResultType]::ParameterName, 'Bytes of one message or write')
            [CompletionResult]::new('--seconds', '--seconds', [CompletionResultType]::ParameterName, 'Seconds to run')
            [CompletionResult]::new('--rate', '--rate', [CompletionResultType]::ParameterName, 'Operations per second for each connection')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;sandbox;load;fetch' {
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;sandbox;load;help' {
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Answer load connections')
            [CompletionResult]::new('relay', 'relay', [CompletionResultType]::ParameterValue, 'Copy every connection to another address')
            [CompletionResult]::new('run', 'run', [CompletionResultType]::ParameterValue, 'Run load against a `serve` and print a JSON report')
            [CompletionResult]::new('fetch', 'fetch', [CompletionResultType]::ParameterValue, 'Fetch one http:// address and print both ends')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshctl;sandbox;load;help;serve' {
            break
        }
        'meshctl;sandbox;load;help;relay' {
            break
        }
        'meshctl;sandbox;load;help;run' {
            break
        }
        'meshctl;sandbox;load;help;fetch' {
            break
        }
        'meshctl;sandbox;load;help;help' {
            break
        }
        'meshctl;sandbox;sniff' {
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The sandbox')
            [CompletionResult]::new('--marker', '--marker', [CompletionResultType]::ParameterName, 'The word to look for in readable form')
            [CompletionResult]::new('--interface', '--interface', [CompletionResultType]::ParameterName, 'Only this link')
            [CompletionResult]::new('--seconds', '--seconds', [CompletionResultType]::ParameterName, 'Seconds after which the count ends in any case')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;sandbox;help' {
            [CompletionResult]::new('up', 'up', [CompletionResultType]::ParameterValue, 'Start a small cluster on this machine, without root and without touching the machine')
            [CompletionResult]::new('down', 'down', [CompletionResultType]::ParameterValue, 'End a sandbox and remove all it left')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show which sandboxes run')
            [CompletionResult]::new('env', 'env', [CompletionResultType]::ParameterValue, 'Print the line that makes kubectl and meshctl use a sandbox')
            [CompletionResult]::new('exec', 'exec', [CompletionResultType]::ParameterValue, 'Run a command in a pod of a sandbox')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Show the whole of it: install, enrol, encrypt, inspect')
            [CompletionResult]::new('load', 'load', [CompletionResultType]::ParameterValue, 'Move traffic between pods; what the image `meshctl` runs')
            [CompletionResult]::new('sniff', 'sniff', [CompletionResultType]::ParameterValue, 'Count what travels between the nodes')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshctl;sandbox;help;up' {
            break
        }
        'meshctl;sandbox;help;down' {
            break
        }
        'meshctl;sandbox;help;status' {
            break
        }
        'meshctl;sandbox;help;env' {
            break
        }
        'meshctl;sandbox;help;exec' {
            break
        }
        'meshctl;sandbox;help;demo' {
            break
        }
        'meshctl;sandbox;help;load' {
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Answer load connections')
            [CompletionResult]::new('relay', 'relay', [CompletionResultType]::ParameterValue, 'Copy every connection to another address')
            [CompletionResult]::new('run', 'run', [CompletionResultType]::ParameterValue, 'Run load against a `serve` and print a JSON report')
            [CompletionResult]::new('fetch', 'fetch', [CompletionResultType]::ParameterValue, 'Fetch one http:// address and print both ends')
            break
        }
        'meshctl;sandbox;help;load;serve' {
            break
        }
        'meshctl;sandbox;help;load;relay' {
            break
        }
        'meshctl;sandbox;help;load;run' {
            break
        }
        'meshctl;sandbox;help;load;fetch' {
            break
        }
        'meshctl;sandbox;help;sniff' {
            break
        }
        'meshctl;sandbox;help;help' {
            break
        }
        'meshctl;install' {
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Operator document or chart values; later ones win; - is standard input, as the last one')
            [CompletionResult]::new('--filename', '--filename', [CompletionResultType]::ParameterName, 'Operator document or chart values; later ones win; - is standard input, as the last one')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'One value, after the files: PATH=VALUE')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'One value, after the files: PATH=VALUE')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'A folder with the charts base, istiod, cni and ztunnel, instead of the built-in ones')
            [CompletionResult]::new('--manifests', '--manifests', [CompletionResultType]::ParameterName, 'A folder with the charts base, istiod, cni and ztunnel, instead of the built-in ones')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Revision of the control plane; `default` means none')
            [CompletionResult]::new('--revision', '--revision', [CompletionResultType]::ParameterName, 'Revision of the control plane; `default` means none')
            [CompletionResult]::new('--readiness-timeout', '--readiness-timeout', [CompletionResultType]::ParameterName, 'How long each component may take to become ready')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait until each component is ready')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Change nothing and tell what would change; `server` lets the API check each object')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What the files are for')
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'The folder they go to')
            [CompletionResult]::new('--sync-wave', '--sync-wave', [CompletionResultType]::ParameterName, 'Sync wave of a component, as COMPONENT=N')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'The repository that the files go to, so that applications read their values from it')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--diff', '--diff', [CompletionResultType]::ParameterName, 'Print what would change as a diff and change nothing; exit 1 if anything would')
            [CompletionResult]::new('--export', '--export', [CompletionResultType]::ParameterName, 'Print or write files instead of installing, as `manifest generate` does')
            [CompletionResult]::new('--runbook-egress', '--runbook-egress', [CompletionResultType]::ParameterName, 'Also allow the egress that older runbooks list: 15012 and 15017 towards the control plane')
            [CompletionResult]::new('--adopt', '--adopt', [CompletionResultType]::ParameterName, 'Take over objects that another owner, such as Helm, installed')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--skip-confirmation', '--skip-confirmation', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;upgrade' {
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Operator document or chart values; later ones win; - is standard input, as the last one')
            [CompletionResult]::new('--filename', '--filename', [CompletionResultType]::ParameterName, 'Operator document or chart values; later ones win; - is standard input, as the last one')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'One value, after the files: PATH=VALUE')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'One value, after the files: PATH=VALUE')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'A folder with the charts base, istiod, cni and ztunnel, instead of the built-in ones')
            [CompletionResult]::new('--manifests', '--manifests', [CompletionResultType]::ParameterName, 'A folder with the charts base, istiod, cni and ztunnel, instead of the built-in ones')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Revision of the control plane; `default` means none')
            [CompletionResult]::new('--revision', '--revision', [CompletionResultType]::ParameterName, 'Revision of the control plane; `default` means none')
            [CompletionResult]::new('--readiness-timeout', '--readiness-timeout', [CompletionResultType]::ParameterName, 'How long each component may take to become ready')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait until each component is ready')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Change nothing and tell what would change; `server` lets the API check each object')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What the files are for')
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'The folder they go to')
            [CompletionResult]::new('--sync-wave', '--sync-wave', [CompletionResultType]::ParameterName, 'Sync wave of a component, as COMPONENT=N')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'The repository that the files go to, so that applications read their values from it')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--diff', '--diff', [CompletionResultType]::ParameterName, 'Print what would change as a diff and change nothing; exit 1 if anything would')
            [CompletionResult]::new('--export', '--export', [CompletionResultType]::ParameterName, 'Print or write files instead of installing, as `manifest generate` does')
            [CompletionResult]::new('--runbook-egress', '--runbook-egress', [CompletionResultType]::ParameterName, 'Also allow the egress that older runbooks list: 15012 and 15017 towards the control plane')
            [CompletionResult]::new('--adopt', '--adopt', [CompletionResultType]::ParameterName, 'Take over objects that another owner, such as Helm, installed')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--skip-confirmation', '--skip-confirmation', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;manifest' {
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('generate', 'generate', [CompletionResultType]::ParameterValue, 'Print or write everything that `install` would apply')
            [CompletionResult]::new('template', 'template', [CompletionResultType]::ParameterValue, 'Render one chart, built-in or from a folder, as `helm template` does')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshctl;manifest;generate' {
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Operator document or chart values; later ones win; - is standard input, as the last one')
            [CompletionResult]::new('--filename', '--filename', [CompletionResultType]::ParameterName, 'Operator document or chart values; later ones win; - is standard input, as the last one')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'One value, after the files: PATH=VALUE')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'One value, after the files: PATH=VALUE')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'A folder with the charts base, istiod, cni and ztunnel, instead of the built-in ones')
            [CompletionResult]::new('--manifests', '--manifests', [CompletionResultType]::ParameterName, 'A folder with the charts base, istiod, cni and ztunnel, instead of the built-in ones')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Revision of the control plane; `default` means none')
            [CompletionResult]::new('--revision', '--revision', [CompletionResultType]::ParameterName, 'Revision of the control plane; `default` means none')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What the files are for')
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'The folder they go to')
            [CompletionResult]::new('--sync-wave', '--sync-wave', [CompletionResultType]::ParameterName, 'Sync wave of a component, as COMPONENT=N')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'The repository that the files go to, so that applications read their values from it')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Write the stream to a file')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the stream to a file')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--runbook-egress', '--runbook-egress', [CompletionResultType]::ParameterName, 'Also allow the egress that older runbooks list: 15012 and 15017 towards the control plane')
            [CompletionResult]::new('--cluster-specific', '--cluster-specific', [CompletionResultType]::ParameterName, 'Ask the current cluster for its version and platform')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Accepted; nothing is asked or installed here')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;manifest;template' {
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Values files; later ones win')
            [CompletionResult]::new('--values', '--values', [CompletionResultType]::ParameterName, 'Values files; later ones win')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'One value, after the files: PATH=VALUE')
            [CompletionResult]::new('--name-template', '--name-template', [CompletionResultType]::ParameterName, 'The release''s name')
            [CompletionResult]::new('--kube-version', '--kube-version', [CompletionResultType]::ParameterName, 'The version of Kubernetes that is rendered for')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;manifest;help' {
            [CompletionResult]::new('generate', 'generate', [CompletionResultType]::ParameterValue, 'Print or write everything that `install` would apply')
            [CompletionResult]::new('template', 'template', [CompletionResultType]::ParameterValue, 'Render one chart, built-in or from a folder, as `helm template` does')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshctl;manifest;help;generate' {
            break
        }
        'meshctl;manifest;help;template' {
            break
        }
        'meshctl;manifest;help;help' {
            break
        }
        'meshctl;uninstall' {
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Operator document or chart values; later ones win; - is standard input, as the last one')
            [CompletionResult]::new('--filename', '--filename', [CompletionResultType]::ParameterName, 'Operator document or chart values; later ones win; - is standard input, as the last one')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'One value, after the files: PATH=VALUE')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'One value, after the files: PATH=VALUE')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'A folder with the charts base, istiod, cni and ztunnel, instead of the built-in ones')
            [CompletionResult]::new('--manifests', '--manifests', [CompletionResultType]::ParameterName, 'A folder with the charts base, istiod, cni and ztunnel, instead of the built-in ones')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Revision of the control plane; `default` means none')
            [CompletionResult]::new('--revision', '--revision', [CompletionResultType]::ParameterName, 'Revision of the control plane; `default` means none')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long it may take')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--purge', '--purge', [CompletionResultType]::ParameterName, 'Remove everything of the mesh, every revision')
            [CompletionResult]::new('--unenroll', '--unenroll', [CompletionResultType]::ParameterName, 'Take enrolled namespaces out of the mesh first')
            [CompletionResult]::new('--delete-crds', '--delete-crds', [CompletionResultType]::ParameterName, 'Also remove the definitions, and with them every policy')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Go on although namespaces are enrolled, or pods are not released in time')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print what would be removed')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--skip-confirmation', '--skip-confirmation', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;ns' {
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('enroll', 'enroll', [CompletionResultType]::ParameterValue, 'Bring namespaces into the mesh')
            [CompletionResult]::new('plan', 'plan', [CompletionResultType]::ParameterValue, 'Show what enrolling would change, and the network policies it needs; changes nothing')
            [CompletionResult]::new('repair', 'repair', [CompletionResultType]::ParameterValue, 'Bring pods in that should be in and are not, the least disturbing way first')
            [CompletionResult]::new('unenroll', 'unenroll', [CompletionResultType]::ParameterValue, 'Take namespaces out of the mesh')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List namespaces and how much of each is in the mesh')
            [CompletionResult]::new('ls', 'ls', [CompletionResultType]::ParameterValue, 'List namespaces and how much of each is in the mesh')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show each pod of a namespace, and why it is in the mesh or not')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshctl;ns;enroll' {
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait until each pod is really captured; a duration, or false')
            [CompletionResult]::new('--fix-networkpolicy', '--fix-networkpolicy', [CompletionResultType]::ParameterName, 'Print, or add first, the network policies that keep what is allowed now')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Change nothing; `server` lets the API check the change')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Print the change for a repository instead of making it')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Print the change for a repository instead of making it')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Go on despite sidecars, or without an installed mesh')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;ns;plan' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format; `policies` prints only the network policies to add')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format; `policies` prints only the network policies to add')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;ns;repair' {
            [CompletionResult]::new('--pod', '--pod', [CompletionResultType]::ParameterName, 'Only this pod')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Say what would be tried, and change nothing')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;ns;unenroll' {
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait until each pod is released; a duration, or false')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Change nothing; `server` lets the API check the change')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;ns;list' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--sort-by', '--sort-by', [CompletionResultType]::ParameterName, 'Sort by a field of each row''s JSON, such as .name')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('--selector', '--selector', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'Also namespaces that have nothing to do with the mesh')
            [CompletionResult]::new('--all-namespaces', '--all-namespaces', [CompletionResultType]::ParameterName, 'Also namespaces that have nothing to do with the mesh')
            [CompletionResult]::new('--no-headers', '--no-headers', [CompletionResultType]::ParameterName, 'No header row')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('--watch', '--watch', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;ns;ls' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--sort-by', '--sort-by', [CompletionResultType]::ParameterName, 'Sort by a field of each row''s JSON, such as .name')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('--selector', '--selector', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'Also namespaces that have nothing to do with the mesh')
            [CompletionResult]::new('--all-namespaces', '--all-namespaces', [CompletionResultType]::ParameterName, 'Also namespaces that have nothing to do with the mesh')
            [CompletionResult]::new('--no-headers', '--no-headers', [CompletionResultType]::ParameterName, 'No header row')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('--watch', '--watch', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;ns;status' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--sort-by', '--sort-by', [CompletionResultType]::ParameterName, 'Sort by a field of each row''s JSON, such as .name')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('--selector', '--selector', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--no-headers', '--no-headers', [CompletionResultType]::ParameterName, 'No header row')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('--watch', '--watch', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('--explain', '--explain', [CompletionResultType]::ParameterName, 'Ask for each pod that is not in why, up to the first "no"')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;ns;help' {
            [CompletionResult]::new('enroll', 'enroll', [CompletionResultType]::ParameterValue, 'Bring namespaces into the mesh')
            [CompletionResult]::new('plan', 'plan', [CompletionResultType]::ParameterValue, 'Show what enrolling would change, and the network policies it needs; changes nothing')
            [CompletionResult]::new('repair', 'repair', [CompletionResultType]::ParameterValue, 'Bring pods in that should be in and are not, the least disturbing way first')
            [CompletionResult]::new('unenroll', 'unenroll', [CompletionResultType]::ParameterValue, 'Take namespaces out of the mesh')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List namespaces and how much of each is in the mesh')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show each pod of a namespace, and why it is in the mesh or not')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshctl;ns;help;enroll' {
            break
        }
        'meshctl;ns;help;plan' {
            break
        }
        'meshctl;ns;help;repair' {
            break
        }
        'meshctl;ns;help;unenroll' {
            break
        }
        'meshctl;ns;help;list' {
            break
        }
        'meshctl;ns;help;status' {
            break
        }
        'meshctl;ns;help;help' {
            break
        }
        'meshctl;describe' {
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('pod', 'pod', [CompletionResultType]::ParameterValue, 'Ask why a pod is in the mesh or not, question by question')
            [CompletionResult]::new('service', 'service', [CompletionResultType]::ParameterValue, 'Show a service''s endpoints, waypoint and policies')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshctl;describe;pod' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;describe;service' {
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Objects from a file, a folder, or - for standard input; without it those of the cluster')
            [CompletionResult]::new('--filename', '--filename', [CompletionResultType]::ParameterName, 'Objects from a file, a folder, or - for standard input; without it those of the cluster')
            [CompletionResult]::new('--snapshot', '--snapshot', [CompletionResultType]::ParameterName, 'Objects of a snapshot instead of the cluster''s; files are laid over them')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--overlay', '--overlay', [CompletionResultType]::ParameterName, 'Lay the files over the objects of the cluster')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;describe;help' {
            [CompletionResult]::new('pod', 'pod', [CompletionResultType]::ParameterValue, 'Ask why a pod is in the mesh or not, question by question')
            [CompletionResult]::new('service', 'service', [CompletionResultType]::ParameterValue, 'Show a service''s endpoints, waypoint and policies')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshctl;describe;help;pod' {
            break
        }
        'meshctl;describe;help;service' {
            break
        }
        'meshctl;describe;help;help' {
            break
        }
        'meshctl;check' {
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'How long to wait for what may still become well')
            [CompletionResult]::new('--only', '--only', [CompletionResultType]::ParameterName, 'Only these checks or categories')
            [CompletionResult]::new('--skip', '--skip', [CompletionResultType]::ParameterName, 'Not these checks or categories')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--pre', '--pre', [CompletionResultType]::ParameterName, 'Before an installation')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Only the data plane')
            [CompletionResult]::new('--crds', '--crds', [CompletionResultType]::ParameterName, 'Only the definitions')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Warnings are errors')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;analyze' {
            [CompletionResult]::new('-k', '-k', [CompletionResultType]::ParameterName, 'Whether the cluster is asked')
            [CompletionResult]::new('--use-kube', '--use-kube', [CompletionResultType]::ParameterName, 'Whether the cluster is asked')
            [CompletionResult]::new('--failure-threshold', '--failure-threshold', [CompletionResultType]::ParameterName, 'Exit 79 when a finding is at least this bad')
            [CompletionResult]::new('-S', '-S ', [CompletionResultType]::ParameterName, 'Hide findings: CODE=Kind name.namespace, with * for anything')
            [CompletionResult]::new('--suppress', '--suppress', [CompletionResultType]::ParameterName, 'Hide findings: CODE=Kind name.namespace, with * for anything')
            [CompletionResult]::new('--output-threshold', '--output-threshold', [CompletionResultType]::ParameterName, 'Print findings that are at least this bad')
            [CompletionResult]::new('--analyzer', '--analyzer', [CompletionResultType]::ParameterName, 'Only these analyzers')
            [CompletionResult]::new('--meshConfigFile', '--meshConfigFile', [CompletionResultType]::ParameterName, 'A mesh configuration to use instead of the installed one')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long the cluster may take')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'Every namespace')
            [CompletionResult]::new('--all-namespaces', '--all-namespaces', [CompletionResultType]::ParameterName, 'Every namespace')
            [CompletionResult]::new('-L', '-L ', [CompletionResultType]::ParameterName, 'List the analyzers')
            [CompletionResult]::new('--list-analyzers', '--list-analyzers', [CompletionResultType]::ParameterName, 'List the analyzers')
            [CompletionResult]::new('--ignore-unknown', '--ignore-unknown', [CompletionResultType]::ParameterName, 'Pass over files that cannot be parsed')
            [CompletionResult]::new('-R', '-R ', [CompletionResultType]::ParameterName, 'Accepted; folders are always walked whole')
            [CompletionResult]::new('--recursive', '--recursive', [CompletionResultType]::ParameterName, 'Accepted; folders are always walked whole')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;ci' {
            [CompletionResult]::new('--tests', '--tests', [CompletionResultType]::ParameterName, 'Expectations to check, as `meshctl authz test` takes them')
            [CompletionResult]::new('--failure-threshold', '--failure-threshold', [CompletionResultType]::ParameterName, 'Exit 79 when a finding is at least this bad')
            [CompletionResult]::new('-S', '-S ', [CompletionResultType]::ParameterName, 'Hide findings: CODE=Kind name.namespace, with * for anything')
            [CompletionResult]::new('--suppress', '--suppress', [CompletionResultType]::ParameterName, 'Hide findings: CODE=Kind name.namespace, with * for anything')
            [CompletionResult]::new('--junit-file', '--junit-file', [CompletionResultType]::ParameterName, 'Also write the report as `JUnit`')
            [CompletionResult]::new('--sarif-file', '--sarif-file', [CompletionResultType]::ParameterName, 'Also write the findings as SARIF')
            [CompletionResult]::new('--markdown-file', '--markdown-file', [CompletionResultType]::ParameterName, 'Also write the report as Markdown')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--overlay', '--overlay', [CompletionResultType]::ParameterName, 'Lay the files over the objects of the cluster')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;authz' {
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('simulate', 'simulate', [CompletionResultType]::ParameterValue, 'Say what policy would do with one connection, and which rule decides')
            [CompletionResult]::new('test', 'test', [CompletionResultType]::ParameterValue, 'Check expectations in a file')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'List the pairs whose verdict changes between two sets of policies')
            [CompletionResult]::new('who-can-reach', 'who-can-reach', [CompletionResultType]::ParameterValue, 'List who may connect to a destination')
            [CompletionResult]::new('reach-from', 'reach-from', [CompletionResultType]::ParameterValue, 'List what a source may connect to')
            [CompletionResult]::new('coverage', 'coverage', [CompletionResultType]::ParameterValue, 'Find rules without effect and workloads without policy')
            [CompletionResult]::new('why', 'why', [CompletionResultType]::ParameterValue, 'Explain a denied connection of an access log, and the smallest change that would allow it')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshctl;authorization' {
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('simulate', 'simulate', [CompletionResultType]::ParameterValue, 'Say what policy would do with one connection, and which rule decides')
            [CompletionResult]::new('test', 'test', [CompletionResultType]::ParameterValue, 'Check expectations in a file')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'List the pairs whose verdict changes between two sets of policies')
            [CompletionResult]::new('who-can-reach', 'who-can-reach', [CompletionResultType]::ParameterValue, 'List who may connect to a destination')
            [CompletionResult]::new('reach-from', 'reach-from', [CompletionResultType]::ParameterValue, 'List what a source may connect to')
            [CompletionResult]::new('coverage', 'coverage', [CompletionResultType]::ParameterValue, 'Find rules without effect and workloads without policy')
            [CompletionResult]::new('why', 'why', [CompletionResultType]::ParameterValue, 'Explain a denied connection of an access log, and the smallest change that would allow it')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshctl;authz;simulate' {
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'NAMESPACE/ACCOUNT, a pod, an address, or unmeshed')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'A service, a pod or an address, with :PORT where there are several')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Objects from a file, a folder, or - for standard input; without it those of the cluster')
            [CompletionResult]::new('--filename', '--filename', [CompletionResultType]::ParameterName, 'Objects from a file, a folder, or - for standard input; without it those of the cluster')
            [CompletionResult]::new('--snapshot', '--snapshot', [CompletionResultType]::ParameterName, 'Objects of a snapshot instead of the cluster''s; files are laid over them')
            [CompletionResult]::new('--expect', '--expect', [CompletionResultType]::ParameterName, 'Exit 80 unless the verdict is this')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--overlay', '--overlay', [CompletionResultType]::ParameterName, 'Lay the files over the objects of the cluster')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;authorization;simulate' {
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'NAMESPACE/ACCOUNT, a pod, an address, or unmeshed')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'A service, a pod or an address, with :PORT where there are several')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Objects from a file, a folder, or - for standard input; without it those of the cluster')
            [CompletionResult]::new('--filename', '--filename', [CompletionResultType]::ParameterName, 'Objects from a file, a folder, or - for standard input; without it those of the cluster')
            [CompletionResult]::new('--snapshot', '--snapshot', [CompletionResultType]::ParameterName, 'Objects of a snapshot instead of the cluster''s; files are laid over them')
            [CompletionResult]::new('--expect', '--expect', [CompletionResultType]::ParameterName, 'Exit 80 unless the verdict is this')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--overlay', '--overlay', [CompletionResultType]::ParameterName, 'Lay the files over the objects of the cluster')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;authz;test' {
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Objects from a file, a folder, or - for standard input; without it those of the cluster')
            [CompletionResult]::new('--filename', '--filename', [CompletionResultType]::ParameterName, 'Objects from a file, a folder, or - for standard input; without it those of the cluster')
            [CompletionResult]::new('--snapshot', '--snapshot', [CompletionResultType]::ParameterName, 'Objects of a snapshot instead of the cluster''s; files are laid over them')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--overlay', '--overlay', [CompletionResultType]::ParameterName, 'Lay the files over the objects of the cluster')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;authorization;test' {
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Objects from a file, a folder, or - for standard input; without it those of the cluster')
            [CompletionResult]::new('--filename', '--filename', [CompletionResultType]::ParameterName, 'Objects from a file, a folder, or - for standard input; without it those of the cluster')
            [CompletionResult]::new('--snapshot', '--snapshot', [CompletionResultType]::ParameterName, 'Objects of a snapshot instead of the cluster''s; files are laid over them')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--overlay', '--overlay', [CompletionResultType]::ParameterName, 'Lay the files over the objects of the cluster')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;authz;diff' {
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Objects from a file, a folder, or - for standard input; without it those of the cluster')
            [CompletionResult]::new('--filename', '--filename', [CompletionResultType]::ParameterName, 'Objects from a file, a folder, or - for standard input; without it those of the cluster')
            [CompletionResult]::new('--snapshot', '--snapshot', [CompletionResultType]::ParameterName, 'Objects of a snapshot instead of the cluster''s; files are laid over them')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--sort-by', '--sort-by', [CompletionResultType]::ParameterName, 'Sort by a field of each row''s JSON, such as .name')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--overlay', '--overlay', [CompletionResultType]::ParameterName, 'Lay the files over the objects of the cluster')
            [CompletionResult]::new('--no-headers', '--no-headers', [CompletionResultType]::ParameterName, 'No header row')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;authorization;diff' {
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Objects from a file, a folder, or - for standard input; without it those of the cluster')
            [CompletionResult]::new('--filename', '--filename', [CompletionResultType]::ParameterName, 'Objects from a file, a folder, or - for standard input; without it those of the cluster')
            [CompletionResult]::new('--snapshot', '--snapshot', [CompletionResultType]::ParameterName, 'Objects of a snapshot instead of the cluster''s; files are laid over them')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--sort-by', '--sort-by', [CompletionResultType]::ParameterName, 'Sort by a field of each row''s JSON, such as .name')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--overlay', '--overlay', [CompletionResultType]::ParameterName, 'Lay the files over the objects of the cluster')
            [CompletionResult]::new('--no-headers', '--no-headers', [CompletionResultType]::ParameterName, 'No header row')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;authz;who-can-reach' {
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Objects from a file, a folder, or - for standard input; without it those of the cluster')
            [CompletionResult]::new('--filename', '--filename', [CompletionResultType]::ParameterName, 'Objects from a file, a folder, or - for standard input; without it those of the cluster')
            [CompletionResult]::new('--snapshot', '--snapshot', [CompletionResultType]::ParameterName, 'Objects of a snapshot instead of the cluster''s; files are laid over them')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--sort-by', '--sort-by', [CompletionResultType]::ParameterName, 'Sort by a field of each row''s JSON, such as .name')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--overlay', '--overlay', [CompletionResultType]::ParameterName, 'Lay the files over the objects of the cluster')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Also what is denied')
            [CompletionResult]::new('--no-headers', '--no-headers', [CompletionResultType]::ParameterName, 'No header row')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;authorization;who-can-reach' {
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Objects from a file, a folder, or - for standard input; without it those of the cluster')
            [CompletionResult]::new('--filename', '--filename', [CompletionResultType]::ParameterName, 'Objects from a file, a folder, or - for standard input; without it those of the cluster')
            [CompletionResult]::new('--snapshot', '--snapshot', [CompletionResultType]::ParameterName, 'Objects of a snapshot instead of the cluster''s; files are laid over them')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--sort-by', '--sort-by', [CompletionResultType]::ParameterName, 'Sort by a field of each row''s JSON, such as .name')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--overlay', '--overlay', [CompletionResultType]::ParameterName, 'Lay the files over the objects of the cluster')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Also what is denied')
            [CompletionResult]::new('--no-headers', '--no-headers', [CompletionResultType]::ParameterName, 'No header row')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;authz;reach-from' {
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Objects from a file, a folder, or - for standard input; without it those of the cluster')
            [CompletionResult]::new('--filename', '--filename', [CompletionResultType]::ParameterName, 'Objects from a file, a folder, or - for standard input; without it those of the cluster')
            [CompletionResult]::new('--snapshot', '--snapshot', [CompletionResultType]::ParameterName, 'Objects of a snapshot instead of the cluster''s; files are laid over them')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--sort-by', '--sort-by', [CompletionResultType]::ParameterName, 'Sort by a field of each row''s JSON, such as .name')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--overlay', '--overlay', [CompletionResultType]::ParameterName, 'Lay the files over the objects of the cluster')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Also what is denied')
            [CompletionResult]::new('--no-headers', '--no-headers', [CompletionResultType]::ParameterName, 'No header row')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;authorization;reach-from' {
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Objects from a file, a folder, or - for standard input; without it those of the cluster')
            [CompletionResult]::new('--filename', '--filename', [CompletionResultType]::ParameterName, 'Objects from a file, a folder, or - for standard input; without it those of the cluster')
            [CompletionResult]::new('--snapshot', '--snapshot', [CompletionResultType]::ParameterName, 'Objects of a snapshot instead of the cluster''s; files are laid over them')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--sort-by', '--sort-by', [CompletionResultType]::ParameterName, 'Sort by a field of each row''s JSON, such as .name')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--overlay', '--overlay', [CompletionResultType]::ParameterName, 'Lay the files over the objects of the cluster')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Also what is denied')
            [CompletionResult]::new('--no-headers', '--no-headers', [CompletionResultType]::ParameterName, 'No header row')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;authz;coverage' {
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Objects from a file, a folder, or - for standard input; without it those of the cluster')
            [CompletionResult]::new('--filename', '--filename', [CompletionResultType]::ParameterName, 'Objects from a file, a folder, or - for standard input; without it those of the cluster')
            [CompletionResult]::new('--snapshot', '--snapshot', [CompletionResultType]::ParameterName, 'Objects of a snapshot instead of the cluster''s; files are laid over them')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--sort-by', '--sort-by', [CompletionResultType]::ParameterName, 'Sort by a field of each row''s JSON, such as .name')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--overlay', '--overlay', [CompletionResultType]::ParameterName, 'Lay the files over the objects of the cluster')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Exit 1 when anything is found')
            [CompletionResult]::new('--no-headers', '--no-headers', [CompletionResultType]::ParameterName, 'No header row')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;authorization;coverage' {
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Objects from a file, a folder, or - for standard input; without it those of the cluster')
            [CompletionResult]::new('--filename', '--filename', [CompletionResultType]::ParameterName, 'Objects from a file, a folder, or - for standard input; without it those of the cluster')
            [CompletionResult]::new('--snapshot', '--snapshot', [CompletionResultType]::ParameterName, 'Objects of a snapshot instead of the cluster''s; files are laid over them')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--sort-by', '--sort-by', [CompletionResultType]::ParameterName, 'Sort by a field of each row''s JSON, such as .name')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--overlay', '--overlay', [CompletionResultType]::ParameterName, 'Lay the files over the objects of the cluster')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Exit 1 when anything is found')
            [CompletionResult]::new('--no-headers', '--no-headers', [CompletionResultType]::ParameterName, 'No header row')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;authz;why' {
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Objects from a file, a folder, or - for standard input; without it those of the cluster')
            [CompletionResult]::new('--filename', '--filename', [CompletionResultType]::ParameterName, 'Objects from a file, a folder, or - for standard input; without it those of the cluster')
            [CompletionResult]::new('--snapshot', '--snapshot', [CompletionResultType]::ParameterName, 'Objects of a snapshot instead of the cluster''s; files are laid over them')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--overlay', '--overlay', [CompletionResultType]::ParameterName, 'Lay the files over the objects of the cluster')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;authorization;why' {
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Objects from a file, a folder, or - for standard input; without it those of the cluster')
            [CompletionResult]::new('--filename', '--filename', [CompletionResultType]::ParameterName, 'Objects from a file, a folder, or - for standard input; without it those of the cluster')
            [CompletionResult]::new('--snapshot', '--snapshot', [CompletionResultType]::ParameterName, 'Objects of a snapshot instead of the cluster''s; files are laid over them')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--overlay', '--overlay', [CompletionResultType]::ParameterName, 'Lay the files over the objects of the cluster')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;authz;help' {
            [CompletionResult]::new('simulate', 'simulate', [CompletionResultType]::ParameterValue, 'Say what policy would do with one connection, and which rule decides')
            [CompletionResult]::new('test', 'test', [CompletionResultType]::ParameterValue, 'Check expectations in a file')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'List the pairs whose verdict changes between two sets of policies')
            [CompletionResult]::new('who-can-reach', 'who-can-reach', [CompletionResultType]::ParameterValue, 'List who may connect to a destination')
            [CompletionResult]::new('reach-from', 'reach-from', [CompletionResultType]::ParameterValue, 'List what a source may connect to')
            [CompletionResult]::new('coverage', 'coverage', [CompletionResultType]::ParameterValue, 'Find rules without effect and workloads without policy')
            [CompletionResult]::new('why', 'why', [CompletionResultType]::ParameterValue, 'Explain a denied connection of an access log, and the smallest change that would allow it')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshctl;authz;help;simulate' {
            break
        }
        'meshctl;authz;help;test' {
            break
        }
        'meshctl;authz;help;diff' {
            break
        }
        'meshctl;authz;help;who-can-reach' {
            break
        }
        'meshctl;authz;help;reach-from' {
            break
        }
        'meshctl;authz;help;coverage' {
            break
        }
        'meshctl;authz;help;why' {
            break
        }
        'meshctl;authz;help;help' {
            break
        }
        'meshctl;authorization;help' {
            [CompletionResult]::new('simulate', 'simulate', [CompletionResultType]::ParameterValue, 'Say what policy would do with one connection, and which rule decides')
            [CompletionResult]::new('test', 'test', [CompletionResultType]::ParameterValue, 'Check expectations in a file')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'List the pairs whose verdict changes between two sets of policies')
            [CompletionResult]::new('who-can-reach', 'who-can-reach', [CompletionResultType]::ParameterValue, 'List who may connect to a destination')
            [CompletionResult]::new('reach-from', 'reach-from', [CompletionResultType]::ParameterValue, 'List what a source may connect to')
            [CompletionResult]::new('coverage', 'coverage', [CompletionResultType]::ParameterValue, 'Find rules without effect and workloads without policy')
            [CompletionResult]::new('why', 'why', [CompletionResultType]::ParameterValue, 'Explain a denied connection of an access log, and the smallest change that would allow it')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshctl;authorization;help;simulate' {
            break
        }
        'meshctl;authorization;help;test' {
            break
        }
        'meshctl;authorization;help;diff' {
            break
        }
        'meshctl;authorization;help;who-can-reach' {
            break
        }
        'meshctl;authorization;help;reach-from' {
            break
        }
        'meshctl;authorization;help;coverage' {
            break
        }
        'meshctl;authorization;help;why' {
            break
        }
        'meshctl;authorization;help;help' {
            break
        }
        'meshctl;proxy-status' {
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, '1 shows the state of each type')
            [CompletionResult]::new('--verbosity', '--verbosity', [CompletionResultType]::ParameterName, '1 shows the state of each type')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--sort-by', '--sort-by', [CompletionResultType]::ParameterName, 'Sort by a field of each row''s JSON, such as .name')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('--selector', '--selector', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--no-headers', '--no-headers', [CompletionResultType]::ParameterName, 'No header row')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('--watch', '--watch', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;ps' {
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, '1 shows the state of each type')
            [CompletionResult]::new('--verbosity', '--verbosity', [CompletionResultType]::ParameterName, '1 shows the state of each type')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--sort-by', '--sort-by', [CompletionResultType]::ParameterName, 'Sort by a field of each row''s JSON, such as .name')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('--selector', '--selector', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--no-headers', '--no-headers', [CompletionResultType]::ParameterName, 'No header row')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('--watch', '--watch', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;validate' {
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'A file, a folder, or - for standard input')
            [CompletionResult]::new('--filename', '--filename', [CompletionResultType]::ParameterName, 'A file, a folder, or - for standard input')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-R', '-R ', [CompletionResultType]::ParameterName, 'Also the folders below a folder; accepted, folders are always walked whole')
            [CompletionResult]::new('--recursive', '--recursive', [CompletionResultType]::ParameterName, 'Also the folders below a folder; accepted, folders are always walked whole')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;top' {
            [CompletionResult]::new('--by', '--by', [CompletionResultType]::ParameterName, 'One row for each of these')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--sort-by', '--sort-by', [CompletionResultType]::ParameterName, 'Sort by a field of each row''s JSON, such as .name')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('--selector', '--selector', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--no-headers', '--no-headers', [CompletionResultType]::ParameterName, 'No header row')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('--watch', '--watch', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;report' {
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('mtls', 'mtls', [CompletionResultType]::ParameterValue, 'Show which share of connections is encrypted, by pair of namespaces, and plaintext peers by name')
            [CompletionResult]::new('resources', 'resources', [CompletionResultType]::ParameterValue, 'Show what each part of the mesh uses and reserves')
            [CompletionResult]::new('savings', 'savings', [CompletionResultType]::ParameterValue, 'Compare the mesh with a sidecar in each pod')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshctl;report;mtls' {
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Metrics that were saved from proxies, instead of asking them')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Metrics that were saved from proxies, instead of asking them')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Exit 1 when a connection was not encrypted')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;report;resources' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;report;savings' {
            [CompletionResult]::new('--pods', '--pods', [CompletionResultType]::ParameterName, 'How many pods to compare for; those that are in the mesh unless given')
            [CompletionResult]::new('--sidecar-cpu', '--sidecar-cpu', [CompletionResultType]::ParameterName, 'CPU that a sidecar requests')
            [CompletionResult]::new('--sidecar-memory', '--sidecar-memory', [CompletionResultType]::ParameterName, 'Memory that a sidecar requests')
            [CompletionResult]::new('--sidecar-used-memory', '--sidecar-used-memory', [CompletionResultType]::ParameterName, 'Memory that a sidecar uses')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;report;help' {
            [CompletionResult]::new('mtls', 'mtls', [CompletionResultType]::ParameterValue, 'Show which share of connections is encrypted, by pair of namespaces, and plaintext peers by name')
            [CompletionResult]::new('resources', 'resources', [CompletionResultType]::ParameterValue, 'Show what each part of the mesh uses and reserves')
            [CompletionResult]::new('savings', 'savings', [CompletionResultType]::ParameterValue, 'Compare the mesh with a sidecar in each pod')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshctl;report;help;mtls' {
            break
        }
        'meshctl;report;help;resources' {
            break
        }
        'meshctl;report;help;savings' {
            break
        }
        'meshctl;report;help;help' {
            break
        }
        'meshctl;ztunnel-config' {
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('workload', 'workload', [CompletionResultType]::ParameterValue, 'Show workloads, their addresses and protocols')
            [CompletionResult]::new('service', 'service', [CompletionResultType]::ParameterValue, 'Show services, their addresses and endpoints')
            [CompletionResult]::new('policy', 'policy', [CompletionResultType]::ParameterValue, 'Show authorization policies')
            [CompletionResult]::new('certificate', 'certificate', [CompletionResultType]::ParameterValue, 'Show certificates and their validity')
            [CompletionResult]::new('connections', 'connections', [CompletionResultType]::ParameterValue, 'Show live connections')
            [CompletionResult]::new('all', 'all', [CompletionResultType]::ParameterValue, 'Show everything')
            [CompletionResult]::new('log', 'log', [CompletionResultType]::ParameterValue, 'Read or change the log levels of the node proxies')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshctl;zc' {
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('workload', 'workload', [CompletionResultType]::ParameterValue, 'Show workloads, their addresses and protocols')
            [CompletionResult]::new('service', 'service', [CompletionResultType]::ParameterValue, 'Show services, their addresses and endpoints')
            [CompletionResult]::new('policy', 'policy', [CompletionResultType]::ParameterValue, 'Show authorization policies')
            [CompletionResult]::new('certificate', 'certificate', [CompletionResultType]::ParameterValue, 'Show certificates and their validity')
            [CompletionResult]::new('connections', 'connections', [CompletionResultType]::ParameterValue, 'Show live connections')
            [CompletionResult]::new('all', 'all', [CompletionResultType]::ParameterValue, 'Show everything')
            [CompletionResult]::new('log', 'log', [CompletionResultType]::ParameterValue, 'Read or change the log levels of the node proxies')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshctl;ztunnel-config;workload' {
            [CompletionResult]::new('--node', '--node', [CompletionResultType]::ParameterName, 'Ask the ztunnel of this node')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Read the dump from a file; - is standard input')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Read the dump from a file; - is standard input')
            [CompletionResult]::new('--proxy-admin-port', '--proxy-admin-port', [CompletionResultType]::ParameterName, 'The admin port inside the pod')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--sort-by', '--sort-by', [CompletionResultType]::ParameterName, 'Sort by a field of each row''s JSON, such as .name')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('--selector', '--selector', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('--workload-namespace', '--workload-namespace', [CompletionResultType]::ParameterName, 'Only workloads of this namespace')
            [CompletionResult]::new('--workload-node', '--workload-node', [CompletionResultType]::ParameterName, 'Only workloads on this node')
            [CompletionResult]::new('--address', '--address', [CompletionResultType]::ParameterName, 'Only workloads with this address, or with one in this network')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--no-headers', '--no-headers', [CompletionResultType]::ParameterName, 'No header row')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('--watch', '--watch', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;zc;workload' {
            [CompletionResult]::new('--node', '--node', [CompletionResultType]::ParameterName, 'Ask the ztunnel of this node')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Read the dump from a file; - is standard input')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Read the dump from a file; - is standard input')
            [CompletionResult]::new('--proxy-admin-port', '--proxy-admin-port', [CompletionResultType]::ParameterName, 'The admin port inside the pod')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--sort-by', '--sort-by', [CompletionResultType]::ParameterName, 'Sort by a field of each row''s JSON, such as .name')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('--selector', '--selector', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('--workload-namespace', '--workload-namespace', [CompletionResultType]::ParameterName, 'Only workloads of this namespace')
            [CompletionResult]::new('--workload-node', '--workload-node', [CompletionResultType]::ParameterName, 'Only workloads on this node')
            [CompletionResult]::new('--address', '--address', [CompletionResultType]::ParameterName, 'Only workloads with this address, or with one in this network')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--no-headers', '--no-headers', [CompletionResultType]::ParameterName, 'No header row')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('--watch', '--watch', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;ztunnel-config;service' {
            [CompletionResult]::new('--node', '--node', [CompletionResultType]::ParameterName, 'Ask the ztunnel of this node')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Read the dump from a file; - is standard input')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Read the dump from a file; - is standard input')
            [CompletionResult]::new('--proxy-admin-port', '--proxy-admin-port', [CompletionResultType]::ParameterName, 'The admin port inside the pod')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--sort-by', '--sort-by', [CompletionResultType]::ParameterName, 'Sort by a field of each row''s JSON, such as .name')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('--selector', '--selector', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('--service-namespace', '--service-namespace', [CompletionResultType]::ParameterName, 'Only services of this namespace')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--no-headers', '--no-headers', [CompletionResultType]::ParameterName, 'No header row')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('--watch', '--watch', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;zc;service' {
            [CompletionResult]::new('--node', '--node', [CompletionResultType]::ParameterName, 'Ask the ztunnel of this node')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Read the dump from a file; - is standard input')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Read the dump from a file; - is standard input')
            [CompletionResult]::new('--proxy-admin-port', '--proxy-admin-port', [CompletionResultType]::ParameterName, 'The admin port inside the pod')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--sort-by', '--sort-by', [CompletionResultType]::ParameterName, 'Sort by a field of each row''s JSON, such as .name')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('--selector', '--selector', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('--service-namespace', '--service-namespace', [CompletionResultType]::ParameterName, 'Only services of this namespace')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--no-headers', '--no-headers', [CompletionResultType]::ParameterName, 'No header row')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('--watch', '--watch', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;ztunnel-config;policy' {
            [CompletionResult]::new('--node', '--node', [CompletionResultType]::ParameterName, 'Ask the ztunnel of this node')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Read the dump from a file; - is standard input')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Read the dump from a file; - is standard input')
            [CompletionResult]::new('--proxy-admin-port', '--proxy-admin-port', [CompletionResultType]::ParameterName, 'The admin port inside the pod')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--sort-by', '--sort-by', [CompletionResultType]::ParameterName, 'Sort by a field of each row''s JSON, such as .name')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('--selector', '--selector', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('--policy-namespace', '--policy-namespace', [CompletionResultType]::ParameterName, 'Only policies of this namespace')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--no-headers', '--no-headers', [CompletionResultType]::ParameterName, 'No header row')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('--watch', '--watch', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;zc;policy' {
            [CompletionResult]::new('--node', '--node', [CompletionResultType]::ParameterName, 'Ask the ztunnel of this node')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Read the dump from a file; - is standard input')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Read the dump from a file; - is standard input')
            [CompletionResult]::new('--proxy-admin-port', '--proxy-admin-port', [CompletionResultType]::ParameterName, 'The admin port inside the pod')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--sort-by', '--sort-by', [CompletionResultType]::ParameterName, 'Sort by a field of each row''s JSON, such as .name')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('--selector', '--selector', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('--policy-namespace', '--policy-namespace', [CompletionResultType]::ParameterName, 'Only policies of this namespace')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--no-headers', '--no-headers', [CompletionResultType]::ParameterName, 'No header row')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('--watch', '--watch', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;ztunnel-config;certificate' {
            [CompletionResult]::new('--node', '--node', [CompletionResultType]::ParameterName, 'Ask the ztunnel of this node')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Read the dump from a file; - is standard input')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Read the dump from a file; - is standard input')
            [CompletionResult]::new('--proxy-admin-port', '--proxy-admin-port', [CompletionResultType]::ParameterName, 'The admin port inside the pod')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--sort-by', '--sort-by', [CompletionResultType]::ParameterName, 'Sort by a field of each row''s JSON, such as .name')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('--selector', '--selector', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--no-headers', '--no-headers', [CompletionResultType]::ParameterName, 'No header row')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('--watch', '--watch', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('--all-nodes', '--all-nodes', [CompletionResultType]::ParameterName, 'Ask the ztunnel of every node')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;zc;certificate' {
            [CompletionResult]::new('--node', '--node', [CompletionResultType]::ParameterName, 'Ask the ztunnel of this node')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Read the dump from a file; - is standard input')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Read the dump from a file; - is standard input')
            [CompletionResult]::new('--proxy-admin-port', '--proxy-admin-port', [CompletionResultType]::ParameterName, 'The admin port inside the pod')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--sort-by', '--sort-by', [CompletionResultType]::ParameterName, 'Sort by a field of each row''s JSON, such as .name')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('--selector', '--selector', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--no-headers', '--no-headers', [CompletionResultType]::ParameterName, 'No header row')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('--watch', '--watch', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('--all-nodes', '--all-nodes', [CompletionResultType]::ParameterName, 'Ask the ztunnel of every node')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;ztunnel-config;connections' {
            [CompletionResult]::new('--node', '--node', [CompletionResultType]::ParameterName, 'Ask the ztunnel of this node')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Read the dump from a file; - is standard input')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Read the dump from a file; - is standard input')
            [CompletionResult]::new('--proxy-admin-port', '--proxy-admin-port', [CompletionResultType]::ParameterName, 'The admin port inside the pod')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--sort-by', '--sort-by', [CompletionResultType]::ParameterName, 'Sort by a field of each row''s JSON, such as .name')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('--selector', '--selector', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('--workload-namespace', '--workload-namespace', [CompletionResultType]::ParameterName, 'Only workloads of this namespace')
            [CompletionResult]::new('--direction', '--direction', [CompletionResultType]::ParameterName, 'Only one direction')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--no-headers', '--no-headers', [CompletionResultType]::ParameterName, 'No header row')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('--watch', '--watch', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('--all-nodes', '--all-nodes', [CompletionResultType]::ParameterName, 'Ask the ztunnel of every node')
            [CompletionResult]::new('--raw', '--raw', [CompletionResultType]::ParameterName, 'Leave addresses as they are')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;zc;connections' {
            [CompletionResult]::new('--node', '--node', [CompletionResultType]::ParameterName, 'Ask the ztunnel of this node')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Read the dump from a file; - is standard input')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Read the dump from a file; - is standard input')
            [CompletionResult]::new('--proxy-admin-port', '--proxy-admin-port', [CompletionResultType]::ParameterName, 'The admin port inside the pod')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--sort-by', '--sort-by', [CompletionResultType]::ParameterName, 'Sort by a field of each row''s JSON, such as .name')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('--selector', '--selector', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('--workload-namespace', '--workload-namespace', [CompletionResultType]::ParameterName, 'Only workloads of this namespace')
            [CompletionResult]::new('--direction', '--direction', [CompletionResultType]::ParameterName, 'Only one direction')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--no-headers', '--no-headers', [CompletionResultType]::ParameterName, 'No header row')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('--watch', '--watch', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('--all-nodes', '--all-nodes', [CompletionResultType]::ParameterName, 'Ask the ztunnel of every node')
            [CompletionResult]::new('--raw', '--raw', [CompletionResultType]::ParameterName, 'Leave addresses as they are')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;ztunnel-config;all' {
            [CompletionResult]::new('--node', '--node', [CompletionResultType]::ParameterName, 'Ask the ztunnel of this node')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Read the dump from a file; - is standard input')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Read the dump from a file; - is standard input')
            [CompletionResult]::new('--proxy-admin-port', '--proxy-admin-port', [CompletionResultType]::ParameterName, 'The admin port inside the pod')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--with-headers', '--with-headers', [CompletionResultType]::ParameterName, 'Put a heading before each table')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;zc;all' {
            [CompletionResult]::new('--node', '--node', [CompletionResultType]::ParameterName, 'Ask the ztunnel of this node')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Read the dump from a file; - is standard input')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Read the dump from a file; - is standard input')
            [CompletionResult]::new('--proxy-admin-port', '--proxy-admin-port', [CompletionResultType]::ParameterName, 'The admin port inside the pod')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--with-headers', '--with-headers', [CompletionResultType]::ParameterName, 'Put a heading before each table')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;ztunnel-config;log' {
            [CompletionResult]::new('--node', '--node', [CompletionResultType]::ParameterName, 'The ztunnel of this node')
            [CompletionResult]::new('--level', '--level', [CompletionResultType]::ParameterName, 'LEVEL, or a list of SCOPE:LEVEL')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--proxy-admin-port', '--proxy-admin-port', [CompletionResultType]::ParameterName, 'The admin port inside the pod')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Back to `info`')
            [CompletionResult]::new('--reset', '--reset', [CompletionResultType]::ParameterName, 'Back to `info`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;zc;log' {
            [CompletionResult]::new('--node', '--node', [CompletionResultType]::ParameterName, 'The ztunnel of this node')
            [CompletionResult]::new('--level', '--level', [CompletionResultType]::ParameterName, 'LEVEL, or a list of SCOPE:LEVEL')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--proxy-admin-port', '--proxy-admin-port', [CompletionResultType]::ParameterName, 'The admin port inside the pod')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Back to `info`')
            [CompletionResult]::new('--reset', '--reset', [CompletionResultType]::ParameterName, 'Back to `info`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;ztunnel-config;help' {
            [CompletionResult]::new('workload', 'workload', [CompletionResultType]::ParameterValue, 'Show workloads, their addresses and protocols')
            [CompletionResult]::new('service', 'service', [CompletionResultType]::ParameterValue, 'Show services, their addresses and endpoints')
            [CompletionResult]::new('policy', 'policy', [CompletionResultType]::ParameterValue, 'Show authorization policies')
            [CompletionResult]::new('certificate', 'certificate', [CompletionResultType]::ParameterValue, 'Show certificates and their validity')
            [CompletionResult]::new('connections', 'connections', [CompletionResultType]::ParameterValue, 'Show live connections')
            [CompletionResult]::new('all', 'all', [CompletionResultType]::ParameterValue, 'Show everything')
            [CompletionResult]::new('log', 'log', [CompletionResultType]::ParameterValue, 'Read or change the log levels of the node proxies')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshctl;ztunnel-config;help;workload' {
            break
        }
        'meshctl;ztunnel-config;help;service' {
            break
        }
        'meshctl;ztunnel-config;help;policy' {
            break
        }
        'meshctl;ztunnel-config;help;certificate' {
            break
        }
        'meshctl;ztunnel-config;help;connections' {
            break
        }
        'meshctl;ztunnel-config;help;all' {
            break
        }
        'meshctl;ztunnel-config;help;log' {
            break
        }
        'meshctl;ztunnel-config;help;help' {
            break
        }
        'meshctl;zc;help' {
            [CompletionResult]::new('workload', 'workload', [CompletionResultType]::ParameterValue, 'Show workloads, their addresses and protocols')
            [CompletionResult]::new('service', 'service', [CompletionResultType]::ParameterValue, 'Show services, their addresses and endpoints')
            [CompletionResult]::new('policy', 'policy', [CompletionResultType]::ParameterValue, 'Show authorization policies')
            [CompletionResult]::new('certificate', 'certificate', [CompletionResultType]::ParameterValue, 'Show certificates and their validity')
            [CompletionResult]::new('connections', 'connections', [CompletionResultType]::ParameterValue, 'Show live connections')
            [CompletionResult]::new('all', 'all', [CompletionResultType]::ParameterValue, 'Show everything')
            [CompletionResult]::new('log', 'log', [CompletionResultType]::ParameterValue, 'Read or change the log levels of the node proxies')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshctl;zc;help;workload' {
            break
        }
        'meshctl;zc;help;service' {
            break
        }
        'meshctl;zc;help;policy' {
            break
        }
        'meshctl;zc;help;certificate' {
            break
        }
        'meshctl;zc;help;connections' {
            break
        }
        'meshctl;zc;help;all' {
            break
        }
        'meshctl;zc;help;log' {
            break
        }
        'meshctl;zc;help;help' {
            break
        }
        'meshctl;verify' {
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Operator document or chart values; later ones win; - is standard input, as the last one')
            [CompletionResult]::new('--filename', '--filename', [CompletionResultType]::ParameterName, 'Operator document or chart values; later ones win; - is standard input, as the last one')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'One value, after the files: PATH=VALUE')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'One value, after the files: PATH=VALUE')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'A folder with the charts base, istiod, cni and ztunnel, instead of the built-in ones')
            [CompletionResult]::new('--manifests', '--manifests', [CompletionResultType]::ParameterName, 'A folder with the charts base, istiod, cni and ztunnel, instead of the built-in ones')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Revision of the control plane; `default` means none')
            [CompletionResult]::new('--revision', '--revision', [CompletionResultType]::ParameterName, 'Revision of the control plane; `default` means none')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'How long to wait for what may still become ready')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('ns', 'ns', [CompletionResultType]::ParameterValue, 'Check that everything in a namespace that should be in the mesh is in, and works')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshctl;verify;ns' {
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'How long to wait for what may still become well')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Warnings are errors: pods that are excluded, signals that nobody can give')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;verify;help' {
            [CompletionResult]::new('ns', 'ns', [CompletionResultType]::ParameterValue, 'Check that everything in a namespace that should be in the mesh is in, and works')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshctl;verify;help;ns' {
            break
        }
        'meshctl;verify;help;help' {
            break
        }
        'meshctl;precheck' {
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Operator document or chart values; later ones win; - is standard input, as the last one')
            [CompletionResult]::new('--filename', '--filename', [CompletionResultType]::ParameterName, 'Operator document or chart values; later ones win; - is standard input, as the last one')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'One value, after the files: PATH=VALUE')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'One value, after the files: PATH=VALUE')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'A folder with the charts base, istiod, cni and ztunnel, instead of the built-in ones')
            [CompletionResult]::new('--manifests', '--manifests', [CompletionResultType]::ParameterName, 'A folder with the charts base, istiod, cni and ztunnel, instead of the built-in ones')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Revision of the control plane; `default` means none')
            [CompletionResult]::new('--revision', '--revision', [CompletionResultType]::ParameterName, 'Revision of the control plane; `default` means none')
            [CompletionResult]::new('--from-version', '--from-version', [CompletionResultType]::ParameterName, 'The version that is installed now, as X.Y; accepted, every check holds for any')
            [CompletionResult]::new('--output-threshold', '--output-threshold', [CompletionResultType]::ParameterName, 'Print findings that are at least this bad')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--skip-controlplane', '--skip-controlplane', [CompletionResultType]::ParameterName, 'Leave out what concerns the control plane: permissions')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;status' {
            [CompletionResult]::new('--wait-duration', '--wait-duration', [CompletionResultType]::ParameterName, 'How long to wait')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait until there are neither errors nor warnings')
            [CompletionResult]::new('--ignore-warnings', '--ignore-warnings', [CompletionResultType]::ParameterName, 'Warnings are no reason to wait')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;bug-report' {
            [CompletionResult]::new('--output-dir', '--output-dir', [CompletionResultType]::ParameterName, 'Where the archive is written')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long all of it may take')
            [CompletionResult]::new('--tail', '--tail', [CompletionResultType]::ParameterName, 'The last lines of each log')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Say what would be asked, and ask nothing')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;snapshot' {
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('save', 'save', [CompletionResultType]::ParameterValue, 'Write the mesh at this moment into a file')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show what a snapshot holds')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'List what differs between two snapshots; exit 1 if anything does')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshctl;snapshot;save' {
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;snapshot;show' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;snapshot;diff' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--sort-by', '--sort-by', [CompletionResultType]::ParameterName, 'Sort by a field of each row''s JSON, such as .name')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--no-headers', '--no-headers', [CompletionResultType]::ParameterName, 'No header row')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;snapshot;help' {
            [CompletionResult]::new('save', 'save', [CompletionResultType]::ParameterValue, 'Write the mesh at this moment into a file')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show what a snapshot holds')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'List what differs between two snapshots; exit 1 if anything does')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshctl;snapshot;help;save' {
            break
        }
        'meshctl;snapshot;help;show' {
            break
        }
        'meshctl;snapshot;help;diff' {
            break
        }
        'meshctl;snapshot;help;help' {
            break
        }
        'meshctl;wait' {
            [CompletionResult]::new('--for', '--for', [CompletionResultType]::ParameterName, 'What to wait for')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long')
            [CompletionResult]::new('--threshold', '--threshold', [CompletionResultType]::ParameterName, 'The share of node proxies that suffices, from 0 to 1')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;waypoint' {
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Name of the waypoint')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('apply', 'apply', [CompletionResultType]::ParameterValue, 'Ask for a waypoint, and let a namespace use it')
            [CompletionResult]::new('generate', 'generate', [CompletionResultType]::ParameterValue, 'Print the Gateway that asks for a waypoint')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List waypoints')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show whether waypoints are ready, and what uses them')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete waypoints')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshctl;wp' {
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Name of the waypoint')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('apply', 'apply', [CompletionResultType]::ParameterValue, 'Ask for a waypoint, and let a namespace use it')
            [CompletionResult]::new('generate', 'generate', [CompletionResultType]::ParameterValue, 'Print the Gateway that asks for a waypoint')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List waypoints')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show whether waypoints are ready, and what uses them')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete waypoints')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshctl;waypoint;apply' {
            [CompletionResult]::new('--for', '--for', [CompletionResultType]::ParameterName, 'Which traffic it takes [default: what the control plane takes, service]')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'The revision that manages it')
            [CompletionResult]::new('--revision', '--revision', [CompletionResultType]::ParameterName, 'The revision that manages it')
            [CompletionResult]::new('--waypoint-timeout', '--waypoint-timeout', [CompletionResultType]::ParameterName, 'How long to wait')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Name of the waypoint')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--enroll-namespace', '--enroll-namespace', [CompletionResultType]::ParameterName, 'Let the whole namespace use it')
            [CompletionResult]::new('--overwrite', '--overwrite', [CompletionResultType]::ParameterName, 'Let the namespace use it even if it uses another one')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Wait until it is programmed')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait until it is programmed')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;wp;apply' {
            [CompletionResult]::new('--for', '--for', [CompletionResultType]::ParameterName, 'Which traffic it takes [default: what the control plane takes, service]')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'The revision that manages it')
            [CompletionResult]::new('--revision', '--revision', [CompletionResultType]::ParameterName, 'The revision that manages it')
            [CompletionResult]::new('--waypoint-timeout', '--waypoint-timeout', [CompletionResultType]::ParameterName, 'How long to wait')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Name of the waypoint')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--enroll-namespace', '--enroll-namespace', [CompletionResultType]::ParameterName, 'Let the whole namespace use it')
            [CompletionResult]::new('--overwrite', '--overwrite', [CompletionResultType]::ParameterName, 'Let the namespace use it even if it uses another one')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Wait until it is programmed')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait until it is programmed')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;waypoint;generate' {
            [CompletionResult]::new('--for', '--for', [CompletionResultType]::ParameterName, 'Which traffic it takes [default: what the control plane takes, service]')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'The revision that manages it')
            [CompletionResult]::new('--revision', '--revision', [CompletionResultType]::ParameterName, 'The revision that manages it')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Name of the waypoint')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;wp;generate' {
            [CompletionResult]::new('--for', '--for', [CompletionResultType]::ParameterName, 'Which traffic it takes [default: what the control plane takes, service]')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'The revision that manages it')
            [CompletionResult]::new('--revision', '--revision', [CompletionResultType]::ParameterName, 'The revision that manages it')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Name of the waypoint')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;waypoint;list' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--sort-by', '--sort-by', [CompletionResultType]::ParameterName, 'Sort by a field of each row''s JSON, such as .name')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('--selector', '--selector', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Name of the waypoint')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'Every namespace')
            [CompletionResult]::new('--all-namespaces', '--all-namespaces', [CompletionResultType]::ParameterName, 'Every namespace')
            [CompletionResult]::new('--no-headers', '--no-headers', [CompletionResultType]::ParameterName, 'No header row')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('--watch', '--watch', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;wp;list' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--sort-by', '--sort-by', [CompletionResultType]::ParameterName, 'Sort by a field of each row''s JSON, such as .name')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('--selector', '--selector', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Name of the waypoint')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'Every namespace')
            [CompletionResult]::new('--all-namespaces', '--all-namespaces', [CompletionResultType]::ParameterName, 'Every namespace')
            [CompletionResult]::new('--no-headers', '--no-headers', [CompletionResultType]::ParameterName, 'No header row')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('--watch', '--watch', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;waypoint;status' {
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Wait until all are programmed')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait until all are programmed')
            [CompletionResult]::new('--waypoint-timeout', '--waypoint-timeout', [CompletionResultType]::ParameterName, 'How long to wait')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--sort-by', '--sort-by', [CompletionResultType]::ParameterName, 'Sort by a field of each row''s JSON, such as .name')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('--selector', '--selector', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Name of the waypoint')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'Every namespace')
            [CompletionResult]::new('--all-namespaces', '--all-namespaces', [CompletionResultType]::ParameterName, 'Every namespace')
            [CompletionResult]::new('--no-headers', '--no-headers', [CompletionResultType]::ParameterName, 'No header row')
            [CompletionResult]::new('--watch', '--watch', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;wp;status' {
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Wait until all are programmed')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait until all are programmed')
            [CompletionResult]::new('--waypoint-timeout', '--waypoint-timeout', [CompletionResultType]::ParameterName, 'How long to wait')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--sort-by', '--sort-by', [CompletionResultType]::ParameterName, 'Sort by a field of each row''s JSON, such as .name')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('--selector', '--selector', [CompletionResultType]::ParameterName, 'Only objects with such labels, as kubectl takes them')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Name of the waypoint')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'Every namespace')
            [CompletionResult]::new('--all-namespaces', '--all-namespaces', [CompletionResultType]::ParameterName, 'Every namespace')
            [CompletionResult]::new('--no-headers', '--no-headers', [CompletionResultType]::ParameterName, 'No header row')
            [CompletionResult]::new('--watch', '--watch', [CompletionResultType]::ParameterName, 'After the list, a row for each change, until interrupted')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;waypoint;delete' {
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Every waypoint of this revision in the namespace')
            [CompletionResult]::new('--revision', '--revision', [CompletionResultType]::ParameterName, 'Every waypoint of this revision in the namespace')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Name of the waypoint')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Every waypoint of the namespace')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;wp;delete' {
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Every waypoint of this revision in the namespace')
            [CompletionResult]::new('--revision', '--revision', [CompletionResultType]::ParameterName, 'Every waypoint of this revision in the namespace')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Name of the waypoint')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Every waypoint of the namespace')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;waypoint;help' {
            [CompletionResult]::new('apply', 'apply', [CompletionResultType]::ParameterValue, 'Ask for a waypoint, and let a namespace use it')
            [CompletionResult]::new('generate', 'generate', [CompletionResultType]::ParameterValue, 'Print the Gateway that asks for a waypoint')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List waypoints')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show whether waypoints are ready, and what uses them')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete waypoints')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshctl;waypoint;help;apply' {
            break
        }
        'meshctl;waypoint;help;generate' {
            break
        }
        'meshctl;waypoint;help;list' {
            break
        }
        'meshctl;waypoint;help;status' {
            break
        }
        'meshctl;waypoint;help;delete' {
            break
        }
        'meshctl;waypoint;help;help' {
            break
        }
        'meshctl;wp;help' {
            [CompletionResult]::new('apply', 'apply', [CompletionResultType]::ParameterValue, 'Ask for a waypoint, and let a namespace use it')
            [CompletionResult]::new('generate', 'generate', [CompletionResultType]::ParameterValue, 'Print the Gateway that asks for a waypoint')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List waypoints')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show whether waypoints are ready, and what uses them')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete waypoints')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshctl;wp;help;apply' {
            break
        }
        'meshctl;wp;help;generate' {
            break
        }
        'meshctl;wp;help;list' {
            break
        }
        'meshctl;wp;help;status' {
            break
        }
        'meshctl;wp;help;delete' {
            break
        }
        'meshctl;wp;help;help' {
            break
        }
        'meshctl;xds' {
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('dump', 'dump', [CompletionResultType]::ParameterValue, 'Print the resources that node proxies are sent for these objects')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshctl;xds;dump' {
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Objects from a file, a folder, or - for standard input; without it those of the cluster')
            [CompletionResult]::new('--filename', '--filename', [CompletionResultType]::ParameterName, 'Objects from a file, a folder, or - for standard input; without it those of the cluster')
            [CompletionResult]::new('--snapshot', '--snapshot', [CompletionResultType]::ParameterName, 'Objects of a snapshot instead of the cluster''s; files are laid over them')
            [CompletionResult]::new('--type', '--type', [CompletionResultType]::ParameterName, 'Only resources of this type')
            [CompletionResult]::new('--node', '--node', [CompletionResultType]::ParameterName, 'What the proxy of this node is sent first, when it asks on demand; --as NODE says the same here')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--overlay', '--overlay', [CompletionResultType]::ParameterName, 'Lay the files over the objects of the cluster')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;xds;help' {
            [CompletionResult]::new('dump', 'dump', [CompletionResultType]::ParameterValue, 'Print the resources that node proxies are sent for these objects')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshctl;xds;help;dump' {
            break
        }
        'meshctl;xds;help;help' {
            break
        }
        'meshctl;images' {
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('build', 'build', [CompletionResultType]::ParameterValue, 'Write the images into a folder with an OCI image layout')
            [CompletionResult]::new('save', 'save', [CompletionResultType]::ParameterValue, 'Write the images into one archive, for `ctr images import`, `docker load` or `podman load`')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshctl;images;build' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'The folder to write')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'The folder to write')
            [CompletionResult]::new('--hub', '--hub', [CompletionResultType]::ParameterName, 'Instead of `localhost/meshctl`')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'The images'' tag')
            [CompletionResult]::new('--programs', '--programs', [CompletionResultType]::ParameterName, 'The folder with the programs [default: that of this program]')
            [CompletionResult]::new('--compression', '--compression', [CompletionResultType]::ParameterName, 'How layers are packed')
            [CompletionResult]::new('--table', '--table', [CompletionResultType]::ParameterName, 'Another table of images')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;images;save' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'The archive to write, or `-` for standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'The archive to write, or `-` for standard output')
            [CompletionResult]::new('--hub', '--hub', [CompletionResultType]::ParameterName, 'Instead of `localhost/meshctl`')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'The images'' tag')
            [CompletionResult]::new('--programs', '--programs', [CompletionResultType]::ParameterName, 'The folder with the programs [default: that of this program]')
            [CompletionResult]::new('--compression', '--compression', [CompletionResultType]::ParameterName, 'How layers are packed')
            [CompletionResult]::new('--table', '--table', [CompletionResultType]::ParameterName, 'Another table of images')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;images;help' {
            [CompletionResult]::new('build', 'build', [CompletionResultType]::ParameterValue, 'Write the images into a folder with an OCI image layout')
            [CompletionResult]::new('save', 'save', [CompletionResultType]::ParameterValue, 'Write the images into one archive, for `ctr images import`, `docker load` or `podman load`')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshctl;images;help;build' {
            break
        }
        'meshctl;images;help;save' {
            break
        }
        'meshctl;images;help;help' {
            break
        }
        'meshctl;version' {
            [CompletionResult]::new('--remote', '--remote', [CompletionResultType]::ParameterName, 'Ask the cluster too')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'Only the version numbers')
            [CompletionResult]::new('--short', '--short', [CompletionResultType]::ParameterName, 'Only the version numbers')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;completion' {
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the kubeconfig')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the object meant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--istioNamespace', '--istioNamespace', [CompletionResultType]::ParameterName, 'Namespace of the control plane [default: istio-system]')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to impersonate')
            [CompletionResult]::new('--as-uid', '--as-uid', [CompletionResultType]::ParameterName, 'UID to impersonate; counts only together with --as')
            [CompletionResult]::new('--as-group', '--as-group', [CompletionResultType]::ParameterName, 'Group to impersonate; counts only together with --as')
            [CompletionResult]::new('--kubeclient-timeout', '--kubeclient-timeout', [CompletionResultType]::ParameterName, 'Time limit of one API request [default: 15s]')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'kubectl''s spelling of --kubeclient-timeout; 0 means none')
            [CompletionResult]::new('--vklog', '--vklog', [CompletionResultType]::ParameterName, 'Verbosity of the API client')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing about progress')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshctl;help' {
            [CompletionResult]::new('sandbox', 'sandbox', [CompletionResultType]::ParameterValue, 'Run a whole mesh on this machine')
            [CompletionResult]::new('install', 'install', [CompletionResultType]::ParameterValue, 'Install or upgrade the mesh')
            [CompletionResult]::new('manifest', 'manifest', [CompletionResultType]::ParameterValue, 'Print or write what would be installed')
            [CompletionResult]::new('uninstall', 'uninstall', [CompletionResultType]::ParameterValue, 'Take the mesh out again')
            [CompletionResult]::new('ns', 'ns', [CompletionResultType]::ParameterValue, 'Bring namespaces into the mesh, take them out, see what is in')
            [CompletionResult]::new('describe', 'describe', [CompletionResultType]::ParameterValue, 'Explain what the mesh makes of a pod or service')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Check that the mesh is well, or that a cluster is ready for it')
            [CompletionResult]::new('analyze', 'analyze', [CompletionResultType]::ParameterValue, 'Find what is accepted and does not do what its author thinks')
            [CompletionResult]::new('ci', 'ci', [CompletionResultType]::ParameterValue, 'Check manifests in a pipeline: definitions, findings and expectations, one exit code')
            [CompletionResult]::new('authz', 'authz', [CompletionResultType]::ParameterValue, 'Ask what policy says to a connection, before it is made')
            [CompletionResult]::new('proxy-status', 'proxy-status', [CompletionResultType]::ParameterValue, 'Show which proxies are connected, and whether they are up to date')
            [CompletionResult]::new('validate', 'validate', [CompletionResultType]::ParameterValue, 'Validate mesh objects in files, without a cluster')
            [CompletionResult]::new('top', 'top', [CompletionResultType]::ParameterValue, 'Show the CPU and memory that the mesh itself uses')
            [CompletionResult]::new('report', 'report', [CompletionResultType]::ParameterValue, 'Show what the mesh encrypts, what it costs and what it saves, as pages to hand on')
            [CompletionResult]::new('ztunnel-config', 'ztunnel-config', [CompletionResultType]::ParameterValue, 'Show what the node proxies know')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Compare the installation with what was meant, then check that it is well')
            [CompletionResult]::new('precheck', 'precheck', [CompletionResultType]::ParameterValue, 'Check that a cluster is ready for the mesh')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show each part of the mesh, and what is wrong')
            [CompletionResult]::new('bug-report', 'bug-report', [CompletionResultType]::ParameterValue, 'Write an archive for those who are to find out what is wrong; secrets redacted')
            [CompletionResult]::new('snapshot', 'snapshot', [CompletionResultType]::ParameterValue, 'Save the mesh at one moment, show it, compare two')
            [CompletionResult]::new('wait', 'wait', [CompletionResultType]::ParameterValue, 'Wait until what was applied has reached every node proxy')
            [CompletionResult]::new('waypoint', 'waypoint', [CompletionResultType]::ParameterValue, 'Ask for waypoints, list them, see what uses them')
            [CompletionResult]::new('xds', 'xds', [CompletionResultType]::ParameterValue, 'Show what the control plane sends to node proxies')
            [CompletionResult]::new('images', 'images', [CompletionResultType]::ParameterValue, 'Write OCI images of the mesh''s programs')
            [CompletionResult]::new('version', 'version', [CompletionResultType]::ParameterValue, 'Show the versions of client, control plane and data plane')
            [CompletionResult]::new('completion', 'completion', [CompletionResultType]::ParameterValue, 'Print the completion script of a shell')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshctl;help;sandbox' {
            [CompletionResult]::new('up', 'up', [CompletionResultType]::ParameterValue, 'Start a small cluster on this machine, without root and without touching the machine')
            [CompletionResult]::new('down', 'down', [CompletionResultType]::ParameterValue, 'End a sandbox and remove all it left')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show which sandboxes run')
            [CompletionResult]::new('env', 'env', [CompletionResultType]::ParameterValue, 'Print the line that makes kubectl and meshctl use a sandbox')
            [CompletionResult]::new('exec', 'exec', [CompletionResultType]::ParameterValue, 'Run a command in a pod of a sandbox')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Show the whole of it: install, enrol, encrypt, inspect')
            [CompletionResult]::new('load', 'load', [CompletionResultType]::ParameterValue, 'Move traffic between pods; what the image `meshctl` runs')
            [CompletionResult]::new('sniff', 'sniff', [CompletionResultType]::ParameterValue, 'Count what travels between the nodes')
            break
        }
        'meshctl;help;sandbox;up' {
            break
        }
        'meshctl;help;sandbox;down' {
            break
        }
        'meshctl;help;sandbox;status' {
            break
        }
        'meshctl;help;sandbox;env' {
            break
        }
        'meshctl;help;sandbox;exec' {
            break
        }
        'meshctl;help;sandbox;demo' {
            break
        }
        'meshctl;help;sandbox;load' {
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Answer load connections')
            [CompletionResult]::new('relay', 'relay', [CompletionResultType]::ParameterValue, 'Copy every connection to another address')
            [CompletionResult]::new('run', 'run', [CompletionResultType]::ParameterValue, 'Run load against a `serve` and print a JSON report')
            [CompletionResult]::new('fetch', 'fetch', [CompletionResultType]::ParameterValue, 'Fetch one http:// address and print both ends')
            break
        }
        'meshctl;help;sandbox;load;serve' {
            break
        }
        'meshctl;help;sandbox;load;relay' {
            break
        }
        'meshctl;help;sandbox;load;run' {
            break
        }
        'meshctl;help;sandbox;load;fetch' {
            break
        }
        'meshctl;help;sandbox;sniff' {
            break
        }
        'meshctl;help;install' {
            break
        }
        'meshctl;help;manifest' {
            [CompletionResult]::new('generate', 'generate', [CompletionResultType]::ParameterValue, 'Print or write everything that `install` would apply')
            [CompletionResult]::new('template', 'template', [CompletionResultType]::ParameterValue, 'Render one chart, built-in or from a folder, as `helm template` does')
            break
        }
        'meshctl;help;manifest;generate' {
            break
        }
        'meshctl;help;manifest;template' {
            break
        }
        'meshctl;help;uninstall' {
            break
        }
        'meshctl;help;ns' {
            [CompletionResult]::new('enroll', 'enroll', [CompletionResultType]::ParameterValue, 'Bring namespaces into the mesh')
            [CompletionResult]::new('plan', 'plan', [CompletionResultType]::ParameterValue, 'Show what enrolling would change, and the network policies it needs; changes nothing')
            [CompletionResult]::new('repair', 'repair', [CompletionResultType]::ParameterValue, 'Bring pods in that should be in and are not, the least disturbing way first')
            [CompletionResult]::new('unenroll', 'unenroll', [CompletionResultType]::ParameterValue, 'Take namespaces out of the mesh')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List namespaces and how much of each is in the mesh')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show each pod of a namespace, and why it is in the mesh or not')
            break
        }
        'meshctl;help;ns;enroll' {
            break
        }
        'meshctl;help;ns;plan' {
            break
        }
        'meshctl;help;ns;repair' {
            break
        }
        'meshctl;help;ns;unenroll' {
            break
        }
        'meshctl;help;ns;list' {
            break
        }
        'meshctl;help;ns;status' {
            break
        }
        'meshctl;help;describe' {
            [CompletionResult]::new('pod', 'pod', [CompletionResultType]::ParameterValue, 'Ask why a pod is in the mesh or not, question by question')
            [CompletionResult]::new('service', 'service', [CompletionResultType]::ParameterValue, 'Show a service''s endpoints, waypoint and policies')
            break
        }
        'meshctl;help;describe;pod' {
            break
        }
        'meshctl;help;describe;service' {
            break
        }
        'meshctl;help;check' {
            break
        }
        'meshctl;help;analyze' {
            break
        }
        'meshctl;help;ci' {
            break
        }
        'meshctl;help;authz' {
            [CompletionResult]::new('simulate', 'simulate', [CompletionResultType]::ParameterValue, 'Say what policy would do with one connection, and which rule decides')
            [CompletionResult]::new('test', 'test', [CompletionResultType]::ParameterValue, 'Check expectations in a file')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'List the pairs whose verdict changes between two sets of policies')
            [CompletionResult]::new('who-can-reach', 'who-can-reach', [CompletionResultType]::ParameterValue, 'List who may connect to a destination')
            [CompletionResult]::new('reach-from', 'reach-from', [CompletionResultType]::ParameterValue, 'List what a source may connect to')
            [CompletionResult]::new('coverage', 'coverage', [CompletionResultType]::ParameterValue, 'Find rules without effect and workloads without policy')
            [CompletionResult]::new('why', 'why', [CompletionResultType]::ParameterValue, 'Explain a denied connection of an access log, and the smallest change that would allow it')
            break
        }
        'meshctl;help;authz;simulate' {
            break
        }
        'meshctl;help;authz;test' {
            break
        }
        'meshctl;help;authz;diff' {
            break
        }
        'meshctl;help;authz;who-can-reach' {
            break
        }
        'meshctl;help;authz;reach-from' {
            break
        }
        'meshctl;help;authz;coverage' {
            break
        }
        'meshctl;help;authz;why' {
            break
        }
        'meshctl;help;proxy-status' {
            break
        }
        'meshctl;help;validate' {
            break
        }
        'meshctl;help;top' {
            break
        }
        'meshctl;help;report' {
            [CompletionResult]::new('mtls', 'mtls', [CompletionResultType]::ParameterValue, 'Show which share of connections is encrypted, by pair of namespaces, and plaintext peers by name')
            [CompletionResult]::new('resources', 'resources', [CompletionResultType]::ParameterValue, 'Show what each part of the mesh uses and reserves')
            [CompletionResult]::new('savings', 'savings', [CompletionResultType]::ParameterValue, 'Compare the mesh with a sidecar in each pod')
            break
        }
        'meshctl;help;report;mtls' {
            break
        }
        'meshctl;help;report;resources' {
            break
        }
        'meshctl;help;report;savings' {
            break
        }
        'meshctl;help;ztunnel-config' {
            [CompletionResult]::new('workload', 'workload', [CompletionResultType]::ParameterValue, 'Show workloads, their addresses and protocols')
            [CompletionResult]::new('service', 'service', [CompletionResultType]::ParameterValue, 'Show services, their addresses and endpoints')
            [CompletionResult]::new('policy', 'policy', [CompletionResultType]::ParameterValue, 'Show authorization policies')
            [CompletionResult]::new('certificate', 'certificate', [CompletionResultType]::ParameterValue, 'Show certificates and their validity')
            [CompletionResult]::new('connections', 'connections', [CompletionResultType]::ParameterValue, 'Show live connections')
            [CompletionResult]::new('all', 'all', [CompletionResultType]::ParameterValue, 'Show everything')
            [CompletionResult]::new('log', 'log', [CompletionResultType]::ParameterValue, 'Read or change the log levels of the node proxies')
            break
        }
        'meshctl;help;ztunnel-config;workload' {
            break
        }
        'meshctl;help;ztunnel-config;service' {
            break
        }
        'meshctl;help;ztunnel-config;policy' {
            break
        }
        'meshctl;help;ztunnel-config;certificate' {
            break
        }
        'meshctl;help;ztunnel-config;connections' {
            break
        }
        'meshctl;help;ztunnel-config;all' {
            break
        }
        'meshctl;help;ztunnel-config;log' {
            break
        }
        'meshctl;help;verify' {
            [CompletionResult]::new('ns', 'ns', [CompletionResultType]::ParameterValue, 'Check that everything in a namespace that should be in the mesh is in, and works')
            break
        }
        'meshctl;help;verify;ns' {
            break
        }
        'meshctl;help;precheck' {
            break
        }
        'meshctl;help;status' {
            break
        }
        'meshctl;help;bug-report' {
            break
        }
        'meshctl;help;snapshot' {
            [CompletionResult]::new('save', 'save', [CompletionResultType]::ParameterValue, 'Write the mesh at this moment into a file')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show what a snapshot holds')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'List what differs between two snapshots; exit 1 if anything does')
            break
        }
        'meshctl;help;snapshot;save' {
            break
        }
        'meshctl;help;snapshot;show' {
            break
        }
        'meshctl;help;snapshot;diff' {
            break
        }
        'meshctl;help;wait' {
            break
        }
        'meshctl;help;waypoint' {
            [CompletionResult]::new('apply', 'apply', [CompletionResultType]::ParameterValue, 'Ask for a waypoint, and let a namespace use it')
            [CompletionResult]::new('generate', 'generate', [CompletionResultType]::ParameterValue, 'Print the Gateway that asks for a waypoint')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List waypoints')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show whether waypoints are ready, and what uses them')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete waypoints')
            break
        }
        'meshctl;help;waypoint;apply' {
            break
        }
        'meshctl;help;waypoint;generate' {
            break
        }
        'meshctl;help;waypoint;list' {
            break
        }
        'meshctl;help;waypoint;status' {
            break
        }
        'meshctl;help;waypoint;delete' {
            break
        }
        'meshctl;help;xds' {
            [CompletionResult]::new('dump', 'dump', [CompletionResultType]::ParameterValue, 'Print the resources that node proxies are sent for these objects')
            break
        }
        'meshctl;help;xds;dump' {
            break
        }
        'meshctl;help;images' {
            [CompletionResult]::new('build', 'build', [CompletionResultType]::ParameterValue, 'Write the images into a folder with an OCI image layout')
            [CompletionResult]::new('save', 'save', [CompletionResultType]::ParameterValue, 'Write the images into one archive, for `ctr images import`, `docker load` or `podman load`')
            break
        }
        'meshctl;help;images;build' {
            break
        }
        'meshctl;help;images;save' {
            break
        }
        'meshctl;help;version' {
            break
        }
        'meshctl;help;completion' {
            break
        }
        'meshctl;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
