# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_meshctl_global_optspecs
    string join \n c/kubeconfig= context= n/namespace= i/istioNamespace= as= as-uid= as-group= kubeclient-timeout= request-timeout= vklog= color= q/quiet no-input h/help V/version
end

function __fish_meshctl_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_meshctl_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_meshctl_using_subcommand
    set -l cmd (__fish_meshctl_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c meshctl -n "__fish_meshctl_needs_command" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_needs_command" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_needs_command" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_needs_command" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_needs_command" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_needs_command" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_needs_command" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_needs_command" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_needs_command" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_needs_command" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_needs_command" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_needs_command" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_needs_command" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_needs_command" -s V -l version -d 'Print version'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "sandbox" -d 'Run a whole mesh on this machine'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "install" -d 'Install or upgrade the mesh'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "upgrade" -d 'Install or upgrade the mesh'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "manifest" -d 'Print or write what would be installed'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "uninstall" -d 'Take the mesh out again'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "ns" -d 'Bring namespaces into the mesh, take them out, see what is in'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "describe" -d 'Explain what the mesh makes of a pod or service'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "check" -d 'Check that the mesh is well, or that a cluster is ready for it'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "analyze" -d 'Find what is accepted and does not do what its author thinks'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "ci" -d 'Check manifests in a pipeline: definitions, findings and expectations, one exit code'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "authz" -d 'Ask what policy says to a connection, before it is made'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "authorization" -d 'Ask what policy says to a connection, before it is made'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "proxy-status" -d 'Show which proxies are connected, and whether they are up to date'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "ps" -d 'Show which proxies are connected, and whether they are up to date'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "validate" -d 'Validate mesh objects in files, without a cluster'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "top" -d 'Show the CPU and memory that the mesh itself uses'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "report" -d 'Show what the mesh encrypts, what it costs and what it saves, as pages to hand on'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "ztunnel-config" -d 'Show what the node proxies know'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "zc" -d 'Show what the node proxies know'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "verify" -d 'Compare the installation with what was meant, then check that it is well'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "precheck" -d 'Check that a cluster is ready for the mesh'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "status" -d 'Show each part of the mesh, and what is wrong'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "bug-report" -d 'Write an archive for those who are to find out what is wrong; secrets redacted'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "snapshot" -d 'Save the mesh at one moment, show it, compare two'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "wait" -d 'Wait until what was applied has reached every node proxy'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "waypoint" -d 'Ask for waypoints, list them, see what uses them'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "wp" -d 'Ask for waypoints, list them, see what uses them'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "xds" -d 'Show what the control plane sends to node proxies'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "images" -d 'Write OCI images of the mesh\'s programs'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "version" -d 'Show the versions of client, control plane and data plane'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "completion" -d 'Print the completion script of a shell'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status env exec demo load sniff help" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status env exec demo load sniff help" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status env exec demo load sniff help" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status env exec demo load sniff help" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status env exec demo load sniff help" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status env exec demo load sniff help" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status env exec demo load sniff help" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status env exec demo load sniff help" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status env exec demo load sniff help" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status env exec demo load sniff help" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status env exec demo load sniff help" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status env exec demo load sniff help" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status env exec demo load sniff help" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status env exec demo load sniff help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status env exec demo load sniff help" -f -a "up" -d 'Start a small cluster on this machine, without root and without touching the machine'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status env exec demo load sniff help" -f -a "down" -d 'End a sandbox and remove all it left'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status env exec demo load sniff help" -f -a "status" -d 'Show which sandboxes run'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status env exec demo load sniff help" -f -a "env" -d 'Print the line that makes kubectl and meshctl use a sandbox'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status env exec demo load sniff help" -f -a "exec" -d 'Run a command in a pod of a sandbox'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status env exec demo load sniff help" -f -a "demo" -d 'Show the whole of it: install, enrol, encrypt, inspect'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status env exec demo load sniff help" -f -a "load" -d 'Move traffic between pods; what the image `meshctl` runs'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status env exec demo load sniff help" -f -a "sniff" -d 'Count what travels between the nodes'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status env exec demo load sniff help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from up" -l name -d 'The sandbox\'s name' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from up" -l nodes -d 'How many nodes' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from up" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from up" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from up" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from up" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from up" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from up" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from up" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from up" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from up" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from up" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from up" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from up" -l foreground -d 'Stay, and end the sandbox with this command'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from up" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from up" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from up" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from down" -l name -d 'The sandbox\'s name' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from down" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from down" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from down" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from down" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from down" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from down" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from down" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from down" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from down" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from down" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from down" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from down" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from down" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from down" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from status" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from status" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from status" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from status" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from status" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from status" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from status" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from status" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from status" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from status" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from status" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from status" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from env" -l name -d 'The sandbox\'s name' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from env" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from env" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from env" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from env" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from env" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from env" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from env" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from env" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from env" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from env" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from env" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from env" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from env" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from env" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from exec" -l name -d 'The sandbox\'s name' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from exec" -l container -d 'The container; the first one unless given' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from exec" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from exec" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from exec" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from exec" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from exec" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from exec" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from exec" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from exec" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from exec" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from exec" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from exec" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from exec" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from exec" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from exec" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from demo" -l name -d 'The sandbox to bring up' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from demo" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from demo" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from demo" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from demo" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from demo" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from demo" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from demo" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from demo" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from demo" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from demo" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from demo" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from demo" -l rm -d 'Take the sandbox down at the end'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from demo" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from demo" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from load" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from load" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from load" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from load" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from load" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from load" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from load" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from load" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from load" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from load" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from load" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from load" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from load" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from load" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from load" -f -a "serve" -d 'Answer load connections'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from load" -f -a "relay" -d 'Copy every connection to another address'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from load" -f -a "run" -d 'Run load against a `serve` and print a JSON report'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from load" -f -a "fetch" -d 'Fetch one http:// address and print both ends'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from load" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from sniff" -l name -d 'The sandbox' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from sniff" -l marker -d 'The word to look for in readable form' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from sniff" -l interface -d 'Only this link' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from sniff" -l seconds -d 'Seconds after which the count ends in any case' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from sniff" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from sniff" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from sniff" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from sniff" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from sniff" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from sniff" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from sniff" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from sniff" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from sniff" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from sniff" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from sniff" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from sniff" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from sniff" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from sniff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from help" -f -a "up" -d 'Start a small cluster on this machine, without root and without touching the machine'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from help" -f -a "down" -d 'End a sandbox and remove all it left'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from help" -f -a "status" -d 'Show which sandboxes run'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from help" -f -a "env" -d 'Print the line that makes kubectl and meshctl use a sandbox'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from help" -f -a "exec" -d 'Run a command in a pod of a sandbox'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from help" -f -a "demo" -d 'Show the whole of it: install, enrol, encrypt, inspect'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from help" -f -a "load" -d 'Move traffic between pods; what the image `meshctl` runs'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from help" -f -a "sniff" -d 'Count what travels between the nodes'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand install" -s f -l filename -d 'Operator document or chart values; later ones win; - is standard input, as the last one' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand install" -s s -l set -d 'One value, after the files: PATH=VALUE' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand install" -s d -l manifests -d 'A folder with the charts base, istiod, cni and ztunnel, instead of the built-in ones' -r -f -a "(__fish_complete_directories)"
complete -c meshctl -n "__fish_meshctl_using_subcommand install" -s r -l revision -d 'Revision of the control plane; `default` means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand install" -l readiness-timeout -d 'How long each component may take to become ready' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand install" -l wait -d 'Wait until each component is ready' -r -f -a "true\t''
false\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand install" -l dry-run -d 'Change nothing and tell what would change; `server` lets the API check each object' -r -f -a "none\t'It is made'
client\t'Nothing is sent'
server\t'The API checks it and keeps nothing'"
complete -c meshctl -n "__fish_meshctl_using_subcommand install" -l format -d 'What the files are for' -r -f -a "yaml\t'One stream of objects'
kustomize\t'Objects by component, and a kustomization'
helm-values\t'One values file for each chart'
argocd\t'Argo CD applications with sync waves'
flux\t'Flux Helm releases'"
complete -c meshctl -n "__fish_meshctl_using_subcommand install" -l out -d 'The folder they go to' -r -f -a "(__fish_complete_directories)"
complete -c meshctl -n "__fish_meshctl_using_subcommand install" -l sync-wave -d 'Sync wave of a component, as COMPONENT=N' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand install" -l repo -d 'The repository that the files go to, so that applications read their values from it' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand install" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand install" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand install" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand install" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand install" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand install" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand install" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand install" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand install" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand install" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand install" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand install" -l diff -d 'Print what would change as a diff and change nothing; exit 1 if anything would'
complete -c meshctl -n "__fish_meshctl_using_subcommand install" -l export -d 'Print or write files instead of installing, as `manifest generate` does'
complete -c meshctl -n "__fish_meshctl_using_subcommand install" -l runbook-egress -d 'Also allow the egress that older runbooks list: 15012 and 15017 towards the control plane'
complete -c meshctl -n "__fish_meshctl_using_subcommand install" -l adopt -d 'Take over objects that another owner, such as Helm, installed'
complete -c meshctl -n "__fish_meshctl_using_subcommand install" -s y -l skip-confirmation -d 'Do not ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand install" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand install" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand install" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand upgrade" -s f -l filename -d 'Operator document or chart values; later ones win; - is standard input, as the last one' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand upgrade" -s s -l set -d 'One value, after the files: PATH=VALUE' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand upgrade" -s d -l manifests -d 'A folder with the charts base, istiod, cni and ztunnel, instead of the built-in ones' -r -f -a "(__fish_complete_directories)"
complete -c meshctl -n "__fish_meshctl_using_subcommand upgrade" -s r -l revision -d 'Revision of the control plane; `default` means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand upgrade" -l readiness-timeout -d 'How long each component may take to become ready' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand upgrade" -l wait -d 'Wait until each component is ready' -r -f -a "true\t''
false\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand upgrade" -l dry-run -d 'Change nothing and tell what would change; `server` lets the API check each object' -r -f -a "none\t'It is made'
client\t'Nothing is sent'
server\t'The API checks it and keeps nothing'"
complete -c meshctl -n "__fish_meshctl_using_subcommand upgrade" -l format -d 'What the files are for' -r -f -a "yaml\t'One stream of objects'
kustomize\t'Objects by component, and a kustomization'
helm-values\t'One values file for each chart'
argocd\t'Argo CD applications with sync waves'
flux\t'Flux Helm releases'"
complete -c meshctl -n "__fish_meshctl_using_subcommand upgrade" -l out -d 'The folder they go to' -r -f -a "(__fish_complete_directories)"
complete -c meshctl -n "__fish_meshctl_using_subcommand upgrade" -l sync-wave -d 'Sync wave of a component, as COMPONENT=N' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand upgrade" -l repo -d 'The repository that the files go to, so that applications read their values from it' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand upgrade" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand upgrade" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand upgrade" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand upgrade" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand upgrade" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand upgrade" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand upgrade" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand upgrade" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand upgrade" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand upgrade" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand upgrade" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand upgrade" -l diff -d 'Print what would change as a diff and change nothing; exit 1 if anything would'
complete -c meshctl -n "__fish_meshctl_using_subcommand upgrade" -l export -d 'Print or write files instead of installing, as `manifest generate` does'
complete -c meshctl -n "__fish_meshctl_using_subcommand upgrade" -l runbook-egress -d 'Also allow the egress that older runbooks list: 15012 and 15017 towards the control plane'
complete -c meshctl -n "__fish_meshctl_using_subcommand upgrade" -l adopt -d 'Take over objects that another owner, such as Helm, installed'
complete -c meshctl -n "__fish_meshctl_using_subcommand upgrade" -s y -l skip-confirmation -d 'Do not ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand upgrade" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand upgrade" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand upgrade" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and not __fish_seen_subcommand_from generate template help" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and not __fish_seen_subcommand_from generate template help" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and not __fish_seen_subcommand_from generate template help" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and not __fish_seen_subcommand_from generate template help" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and not __fish_seen_subcommand_from generate template help" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and not __fish_seen_subcommand_from generate template help" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and not __fish_seen_subcommand_from generate template help" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and not __fish_seen_subcommand_from generate template help" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and not __fish_seen_subcommand_from generate template help" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and not __fish_seen_subcommand_from generate template help" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and not __fish_seen_subcommand_from generate template help" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and not __fish_seen_subcommand_from generate template help" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and not __fish_seen_subcommand_from generate template help" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and not __fish_seen_subcommand_from generate template help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and not __fish_seen_subcommand_from generate template help" -f -a "generate" -d 'Print or write everything that `install` would apply'
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and not __fish_seen_subcommand_from generate template help" -f -a "template" -d 'Render one chart, built-in or from a folder, as `helm template` does'
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and not __fish_seen_subcommand_from generate template help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from generate" -s f -l filename -d 'Operator document or chart values; later ones win; - is standard input, as the last one' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from generate" -s s -l set -d 'One value, after the files: PATH=VALUE' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from generate" -s d -l manifests -d 'A folder with the charts base, istiod, cni and ztunnel, instead of the built-in ones' -r -f -a "(__fish_complete_directories)"
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from generate" -s r -l revision -d 'Revision of the control plane; `default` means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from generate" -l format -d 'What the files are for' -r -f -a "yaml\t'One stream of objects'
kustomize\t'Objects by component, and a kustomization'
helm-values\t'One values file for each chart'
argocd\t'Argo CD applications with sync waves'
flux\t'Flux Helm releases'"
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from generate" -l out -d 'The folder they go to' -r -f -a "(__fish_complete_directories)"
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from generate" -l sync-wave -d 'Sync wave of a component, as COMPONENT=N' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from generate" -l repo -d 'The repository that the files go to, so that applications read their values from it' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from generate" -s p -l output -d 'Write the stream to a file' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from generate" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from generate" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from generate" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from generate" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from generate" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from generate" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from generate" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from generate" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from generate" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from generate" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from generate" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from generate" -l runbook-egress -d 'Also allow the egress that older runbooks list: 15012 and 15017 towards the control plane'
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from generate" -l cluster-specific -d 'Ask the current cluster for its version and platform'
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from generate" -l force -d 'Accepted; nothing is asked or installed here'
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from generate" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from generate" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from generate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from template" -s f -l values -d 'Values files; later ones win' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from template" -l set -d 'One value, after the files: PATH=VALUE' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from template" -l name-template -d 'The release\'s name' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from template" -l kube-version -d 'The version of Kubernetes that is rendered for' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from template" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from template" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from template" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from template" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from template" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from template" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from template" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from template" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from template" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from template" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from template" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from template" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from template" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from template" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from help" -f -a "generate" -d 'Print or write everything that `install` would apply'
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from help" -f -a "template" -d 'Render one chart, built-in or from a folder, as `helm template` does'
complete -c meshctl -n "__fish_meshctl_using_subcommand manifest; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand uninstall" -s f -l filename -d 'Operator document or chart values; later ones win; - is standard input, as the last one' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand uninstall" -s s -l set -d 'One value, after the files: PATH=VALUE' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand uninstall" -s d -l manifests -d 'A folder with the charts base, istiod, cni and ztunnel, instead of the built-in ones' -r -f -a "(__fish_complete_directories)"
complete -c meshctl -n "__fish_meshctl_using_subcommand uninstall" -s r -l revision -d 'Revision of the control plane; `default` means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand uninstall" -l timeout -d 'How long it may take' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand uninstall" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand uninstall" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand uninstall" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand uninstall" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand uninstall" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand uninstall" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand uninstall" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand uninstall" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand uninstall" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand uninstall" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand uninstall" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand uninstall" -l purge -d 'Remove everything of the mesh, every revision'
complete -c meshctl -n "__fish_meshctl_using_subcommand uninstall" -l unenroll -d 'Take enrolled namespaces out of the mesh first'
complete -c meshctl -n "__fish_meshctl_using_subcommand uninstall" -l delete-crds -d 'Also remove the definitions, and with them every policy'
complete -c meshctl -n "__fish_meshctl_using_subcommand uninstall" -l force -d 'Go on although namespaces are enrolled, or pods are not released in time'
complete -c meshctl -n "__fish_meshctl_using_subcommand uninstall" -l dry-run -d 'Print what would be removed'
complete -c meshctl -n "__fish_meshctl_using_subcommand uninstall" -s v -l verbose -d 'Say more'
complete -c meshctl -n "__fish_meshctl_using_subcommand uninstall" -s y -l skip-confirmation -d 'Do not ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand uninstall" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand uninstall" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand uninstall" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and not __fish_seen_subcommand_from enroll plan repair unenroll list ls status help" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and not __fish_seen_subcommand_from enroll plan repair unenroll list ls status help" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and not __fish_seen_subcommand_from enroll plan repair unenroll list ls status help" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and not __fish_seen_subcommand_from enroll plan repair unenroll list ls status help" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and not __fish_seen_subcommand_from enroll plan repair unenroll list ls status help" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and not __fish_seen_subcommand_from enroll plan repair unenroll list ls status help" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and not __fish_seen_subcommand_from enroll plan repair unenroll list ls status help" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and not __fish_seen_subcommand_from enroll plan repair unenroll list ls status help" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and not __fish_seen_subcommand_from enroll plan repair unenroll list ls status help" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and not __fish_seen_subcommand_from enroll plan repair unenroll list ls status help" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and not __fish_seen_subcommand_from enroll plan repair unenroll list ls status help" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and not __fish_seen_subcommand_from enroll plan repair unenroll list ls status help" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and not __fish_seen_subcommand_from enroll plan repair unenroll list ls status help" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and not __fish_seen_subcommand_from enroll plan repair unenroll list ls status help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and not __fish_seen_subcommand_from enroll plan repair unenroll list ls status help" -f -a "enroll" -d 'Bring namespaces into the mesh'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and not __fish_seen_subcommand_from enroll plan repair unenroll list ls status help" -f -a "plan" -d 'Show what enrolling would change, and the network policies it needs; changes nothing'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and not __fish_seen_subcommand_from enroll plan repair unenroll list ls status help" -f -a "repair" -d 'Bring pods in that should be in and are not, the least disturbing way first'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and not __fish_seen_subcommand_from enroll plan repair unenroll list ls status help" -f -a "unenroll" -d 'Take namespaces out of the mesh'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and not __fish_seen_subcommand_from enroll plan repair unenroll list ls status help" -f -a "list" -d 'List namespaces and how much of each is in the mesh'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and not __fish_seen_subcommand_from enroll plan repair unenroll list ls status help" -f -a "ls" -d 'List namespaces and how much of each is in the mesh'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and not __fish_seen_subcommand_from enroll plan repair unenroll list ls status help" -f -a "status" -d 'Show each pod of a namespace, and why it is in the mesh or not'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and not __fish_seen_subcommand_from enroll plan repair unenroll list ls status help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from enroll" -l wait -d 'Wait until each pod is really captured; a duration, or false' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from enroll" -l fix-networkpolicy -d 'Print, or add first, the network policies that keep what is allowed now' -r -f -a "print\t'Printed to standard output'
apply\t'Added before the namespace joins'"
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from enroll" -l dry-run -d 'Change nothing; `server` lets the API check the change' -r -f -a "none\t'It is made'
client\t'Nothing is sent'
server\t'The API checks it and keeps nothing'"
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from enroll" -s o -l output -d 'Print the change for a repository instead of making it' -r -f -a "table\t''
yaml\t''
json\t''
patch\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from enroll" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from enroll" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from enroll" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from enroll" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from enroll" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from enroll" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from enroll" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from enroll" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from enroll" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from enroll" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from enroll" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from enroll" -l force -d 'Go on despite sidecars, or without an installed mesh'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from enroll" -s y -l yes -d 'Do not ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from enroll" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from enroll" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from enroll" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from plan" -s o -l output -d 'Output format; `policies` prints only the network policies to add' -r -f -a "text\t''
json\t''
yaml\t''
jsonpath=\t''
policies\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from plan" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from plan" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from plan" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from plan" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from plan" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from plan" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from plan" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from plan" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from plan" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from plan" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from plan" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from plan" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from plan" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from plan" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from repair" -l pod -d 'Only this pod' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from repair" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from repair" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from repair" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from repair" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from repair" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from repair" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from repair" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from repair" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from repair" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from repair" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from repair" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from repair" -l dry-run -d 'Say what would be tried, and change nothing'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from repair" -s y -l yes -d 'Do not ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from repair" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from repair" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from repair" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from unenroll" -l wait -d 'Wait until each pod is released; a duration, or false' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from unenroll" -l dry-run -d 'Change nothing; `server` lets the API check the change' -r -f -a "none\t'It is made'
client\t'Nothing is sent'
server\t'The API checks it and keeps nothing'"
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from unenroll" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from unenroll" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from unenroll" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from unenroll" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from unenroll" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from unenroll" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from unenroll" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from unenroll" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from unenroll" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from unenroll" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from unenroll" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from unenroll" -s y -l yes -d 'Do not ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from unenroll" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from unenroll" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from unenroll" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from list" -s o -l output -d 'Output format' -r -f -a "table\t''
wide\t''
name\t''
json\t''
yaml\t''
jsonpath=\t''
custom-columns=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from list" -l sort-by -d 'Sort by a field of each row\'s JSON, such as .name' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from list" -s l -l selector -d 'Only objects with such labels, as kubectl takes them' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from list" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from list" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from list" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from list" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from list" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from list" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from list" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from list" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from list" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from list" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from list" -s A -l all-namespaces -d 'Also namespaces that have nothing to do with the mesh'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from list" -l no-headers -d 'No header row'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from list" -s w -l watch -d 'After the list, a row for each change, until interrupted'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from ls" -s o -l output -d 'Output format' -r -f -a "table\t''
wide\t''
name\t''
json\t''
yaml\t''
jsonpath=\t''
custom-columns=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from ls" -l sort-by -d 'Sort by a field of each row\'s JSON, such as .name' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from ls" -s l -l selector -d 'Only objects with such labels, as kubectl takes them' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from ls" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from ls" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from ls" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from ls" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from ls" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from ls" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from ls" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from ls" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from ls" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from ls" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from ls" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from ls" -s A -l all-namespaces -d 'Also namespaces that have nothing to do with the mesh'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from ls" -l no-headers -d 'No header row'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from ls" -s w -l watch -d 'After the list, a row for each change, until interrupted'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from ls" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from status" -s o -l output -d 'Output format' -r -f -a "table\t''
wide\t''
name\t''
json\t''
yaml\t''
jsonpath=\t''
custom-columns=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from status" -l sort-by -d 'Sort by a field of each row\'s JSON, such as .name' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from status" -s l -l selector -d 'Only objects with such labels, as kubectl takes them' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from status" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from status" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from status" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from status" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from status" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from status" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from status" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from status" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from status" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from status" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from status" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from status" -l no-headers -d 'No header row'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from status" -s w -l watch -d 'After the list, a row for each change, until interrupted'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from status" -l explain -d 'Ask for each pod that is not in why, up to the first "no"'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from status" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from help" -f -a "enroll" -d 'Bring namespaces into the mesh'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from help" -f -a "plan" -d 'Show what enrolling would change, and the network policies it needs; changes nothing'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from help" -f -a "repair" -d 'Bring pods in that should be in and are not, the least disturbing way first'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from help" -f -a "unenroll" -d 'Take namespaces out of the mesh'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from help" -f -a "list" -d 'List namespaces and how much of each is in the mesh'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from help" -f -a "status" -d 'Show each pod of a namespace, and why it is in the mesh or not'
complete -c meshctl -n "__fish_meshctl_using_subcommand ns; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and not __fish_seen_subcommand_from pod service help" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and not __fish_seen_subcommand_from pod service help" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and not __fish_seen_subcommand_from pod service help" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and not __fish_seen_subcommand_from pod service help" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and not __fish_seen_subcommand_from pod service help" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and not __fish_seen_subcommand_from pod service help" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and not __fish_seen_subcommand_from pod service help" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and not __fish_seen_subcommand_from pod service help" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and not __fish_seen_subcommand_from pod service help" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and not __fish_seen_subcommand_from pod service help" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and not __fish_seen_subcommand_from pod service help" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and not __fish_seen_subcommand_from pod service help" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and not __fish_seen_subcommand_from pod service help" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and not __fish_seen_subcommand_from pod service help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and not __fish_seen_subcommand_from pod service help" -f -a "pod" -d 'Ask why a pod is in the mesh or not, question by question'
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and not __fish_seen_subcommand_from pod service help" -f -a "service" -d 'Show a service\'s endpoints, waypoint and policies'
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and not __fish_seen_subcommand_from pod service help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and __fish_seen_subcommand_from pod" -s o -l output -d 'Output format' -r -f -a "text\t''
json\t''
yaml\t''
jsonpath=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and __fish_seen_subcommand_from pod" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and __fish_seen_subcommand_from pod" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and __fish_seen_subcommand_from pod" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and __fish_seen_subcommand_from pod" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and __fish_seen_subcommand_from pod" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and __fish_seen_subcommand_from pod" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and __fish_seen_subcommand_from pod" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and __fish_seen_subcommand_from pod" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and __fish_seen_subcommand_from pod" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and __fish_seen_subcommand_from pod" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and __fish_seen_subcommand_from pod" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and __fish_seen_subcommand_from pod" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and __fish_seen_subcommand_from pod" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and __fish_seen_subcommand_from pod" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and __fish_seen_subcommand_from service" -s f -l filename -d 'Objects from a file, a folder, or - for standard input; without it those of the cluster' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and __fish_seen_subcommand_from service" -l snapshot -d 'Objects of a snapshot instead of the cluster\'s; files are laid over them' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and __fish_seen_subcommand_from service" -s o -l output -d 'Output format' -r -f -a "text\t''
json\t''
yaml\t''
jsonpath=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and __fish_seen_subcommand_from service" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and __fish_seen_subcommand_from service" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and __fish_seen_subcommand_from service" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and __fish_seen_subcommand_from service" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and __fish_seen_subcommand_from service" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and __fish_seen_subcommand_from service" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and __fish_seen_subcommand_from service" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and __fish_seen_subcommand_from service" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and __fish_seen_subcommand_from service" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and __fish_seen_subcommand_from service" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and __fish_seen_subcommand_from service" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and __fish_seen_subcommand_from service" -l overlay -d 'Lay the files over the objects of the cluster'
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and __fish_seen_subcommand_from service" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and __fish_seen_subcommand_from service" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and __fish_seen_subcommand_from service" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and __fish_seen_subcommand_from help" -f -a "pod" -d 'Ask why a pod is in the mesh or not, question by question'
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and __fish_seen_subcommand_from help" -f -a "service" -d 'Show a service\'s endpoints, waypoint and policies'
complete -c meshctl -n "__fish_meshctl_using_subcommand describe; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand check" -l wait -d 'How long to wait for what may still become well' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand check" -l only -d 'Only these checks or categories' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand check" -l skip -d 'Not these checks or categories' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand check" -s o -l output -d 'Output format' -r -f -a "table\t''
short\t''
json\t''
yaml\t''
jsonpath=\t''
junit\t''
wide\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand check" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand check" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand check" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand check" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand check" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand check" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand check" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand check" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand check" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand check" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand check" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand check" -l pre -d 'Before an installation'
complete -c meshctl -n "__fish_meshctl_using_subcommand check" -l proxy -d 'Only the data plane'
complete -c meshctl -n "__fish_meshctl_using_subcommand check" -l crds -d 'Only the definitions'
complete -c meshctl -n "__fish_meshctl_using_subcommand check" -l strict -d 'Warnings are errors'
complete -c meshctl -n "__fish_meshctl_using_subcommand check" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand check" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand analyze" -s k -l use-kube -d 'Whether the cluster is asked' -r -f -a "true\t''
false\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand analyze" -l failure-threshold -d 'Exit 79 when a finding is at least this bad' -r -f -a "Info\t''
Warning\t''
Error\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand analyze" -s S -l suppress -d 'Hide findings: CODE=Kind name.namespace, with * for anything' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand analyze" -l output-threshold -d 'Print findings that are at least this bad' -r -f -a "Info\t''
Warning\t''
Error\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand analyze" -l analyzer -d 'Only these analyzers' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand analyze" -l meshConfigFile -d 'A mesh configuration to use instead of the installed one' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand analyze" -l timeout -d 'How long the cluster may take' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand analyze" -s o -l output -d 'Output format' -r -f -a "log\t''
json\t''
yaml\t''
jsonpath=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand analyze" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand analyze" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand analyze" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand analyze" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand analyze" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand analyze" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand analyze" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand analyze" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand analyze" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand analyze" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand analyze" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand analyze" -s A -l all-namespaces -d 'Every namespace'
complete -c meshctl -n "__fish_meshctl_using_subcommand analyze" -s L -l list-analyzers -d 'List the analyzers'
complete -c meshctl -n "__fish_meshctl_using_subcommand analyze" -l ignore-unknown -d 'Pass over files that cannot be parsed'
complete -c meshctl -n "__fish_meshctl_using_subcommand analyze" -s R -l recursive -d 'Accepted; folders are always walked whole'
complete -c meshctl -n "__fish_meshctl_using_subcommand analyze" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand analyze" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand analyze" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand ci" -l tests -d 'Expectations to check, as `meshctl authz test` takes them' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand ci" -l failure-threshold -d 'Exit 79 when a finding is at least this bad' -r -f -a "Info\t''
Warning\t''
Error\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand ci" -s S -l suppress -d 'Hide findings: CODE=Kind name.namespace, with * for anything' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ci" -l junit-file -d 'Also write the report as `JUnit`' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand ci" -l sarif-file -d 'Also write the findings as SARIF' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand ci" -l markdown-file -d 'Also write the report as Markdown' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand ci" -s o -l output -d 'Output format' -r -f -a "table\t''
json\t''
yaml\t''
jsonpath=\t''
junit\t''
sarif\t''
markdown\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand ci" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand ci" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ci" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ci" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ci" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ci" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ci" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ci" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ci" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ci" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ci" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand ci" -l overlay -d 'Lay the files over the objects of the cluster'
complete -c meshctl -n "__fish_meshctl_using_subcommand ci" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand ci" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand ci" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -f -a "simulate" -d 'Say what policy would do with one connection, and which rule decides'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -f -a "test" -d 'Check expectations in a file'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -f -a "diff" -d 'List the pairs whose verdict changes between two sets of policies'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -f -a "who-can-reach" -d 'List who may connect to a destination'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -f -a "reach-from" -d 'List what a source may connect to'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -f -a "coverage" -d 'Find rules without effect and workloads without policy'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -f -a "why" -d 'Explain a denied connection of an access log, and the smallest change that would allow it'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from simulate" -l from -d 'NAMESPACE/ACCOUNT, a pod, an address, or unmeshed' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from simulate" -l to -d 'A service, a pod or an address, with :PORT where there are several' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from simulate" -s f -l filename -d 'Objects from a file, a folder, or - for standard input; without it those of the cluster' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from simulate" -l snapshot -d 'Objects of a snapshot instead of the cluster\'s; files are laid over them' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from simulate" -l expect -d 'Exit 80 unless the verdict is this' -r -f -a "allow\t'Let through'
deny\t'Refused'"
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from simulate" -s o -l output -d 'Output format' -r -f -a "table\t''
json\t''
yaml\t''
jsonpath=\t''
junit\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from simulate" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from simulate" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from simulate" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from simulate" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from simulate" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from simulate" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from simulate" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from simulate" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from simulate" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from simulate" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from simulate" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from simulate" -l overlay -d 'Lay the files over the objects of the cluster'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from simulate" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from simulate" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from simulate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from test" -s f -l filename -d 'Objects from a file, a folder, or - for standard input; without it those of the cluster' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from test" -l snapshot -d 'Objects of a snapshot instead of the cluster\'s; files are laid over them' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from test" -s o -l output -d 'Output format' -r -f -a "table\t''
json\t''
yaml\t''
jsonpath=\t''
junit\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from test" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from test" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from test" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from test" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from test" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from test" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from test" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from test" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from test" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from test" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from test" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from test" -l overlay -d 'Lay the files over the objects of the cluster'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from test" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from test" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from test" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from diff" -s f -l filename -d 'Objects from a file, a folder, or - for standard input; without it those of the cluster' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from diff" -l snapshot -d 'Objects of a snapshot instead of the cluster\'s; files are laid over them' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from diff" -s o -l output -d 'Output format' -r -f -a "table\t''
wide\t''
name\t''
json\t''
yaml\t''
jsonpath=\t''
custom-columns=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from diff" -l sort-by -d 'Sort by a field of each row\'s JSON, such as .name' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from diff" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from diff" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from diff" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from diff" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from diff" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from diff" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from diff" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from diff" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from diff" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from diff" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from diff" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from diff" -l overlay -d 'Lay the files over the objects of the cluster'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from diff" -l no-headers -d 'No header row'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from diff" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from diff" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from who-can-reach" -s f -l filename -d 'Objects from a file, a folder, or - for standard input; without it those of the cluster' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from who-can-reach" -l snapshot -d 'Objects of a snapshot instead of the cluster\'s; files are laid over them' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from who-can-reach" -s o -l output -d 'Output format' -r -f -a "table\t''
wide\t''
name\t''
json\t''
yaml\t''
jsonpath=\t''
custom-columns=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from who-can-reach" -l sort-by -d 'Sort by a field of each row\'s JSON, such as .name' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from who-can-reach" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from who-can-reach" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from who-can-reach" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from who-can-reach" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from who-can-reach" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from who-can-reach" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from who-can-reach" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from who-can-reach" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from who-can-reach" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from who-can-reach" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from who-can-reach" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from who-can-reach" -l overlay -d 'Lay the files over the objects of the cluster'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from who-can-reach" -l all -d 'Also what is denied'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from who-can-reach" -l no-headers -d 'No header row'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from who-can-reach" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from who-can-reach" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from who-can-reach" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from reach-from" -s f -l filename -d 'Objects from a file, a folder, or - for standard input; without it those of the cluster' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from reach-from" -l snapshot -d 'Objects of a snapshot instead of the cluster\'s; files are laid over them' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from reach-from" -s o -l output -d 'Output format' -r -f -a "table\t''
wide\t''
name\t''
json\t''
yaml\t''
jsonpath=\t''
custom-columns=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from reach-from" -l sort-by -d 'Sort by a field of each row\'s JSON, such as .name' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from reach-from" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from reach-from" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from reach-from" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from reach-from" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from reach-from" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from reach-from" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from reach-from" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from reach-from" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from reach-from" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from reach-from" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from reach-from" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from reach-from" -l overlay -d 'Lay the files over the objects of the cluster'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from reach-from" -l all -d 'Also what is denied'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from reach-from" -l no-headers -d 'No header row'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from reach-from" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from reach-from" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from reach-from" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from coverage" -s f -l filename -d 'Objects from a file, a folder, or - for standard input; without it those of the cluster' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from coverage" -l snapshot -d 'Objects of a snapshot instead of the cluster\'s; files are laid over them' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from coverage" -s o -l output -d 'Output format' -r -f -a "table\t''
wide\t''
name\t''
json\t''
yaml\t''
jsonpath=\t''
custom-columns=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from coverage" -l sort-by -d 'Sort by a field of each row\'s JSON, such as .name' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from coverage" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from coverage" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from coverage" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from coverage" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from coverage" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from coverage" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from coverage" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from coverage" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from coverage" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from coverage" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from coverage" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from coverage" -l overlay -d 'Lay the files over the objects of the cluster'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from coverage" -l strict -d 'Exit 1 when anything is found'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from coverage" -l no-headers -d 'No header row'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from coverage" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from coverage" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from coverage" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from why" -s f -l filename -d 'Objects from a file, a folder, or - for standard input; without it those of the cluster' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from why" -l snapshot -d 'Objects of a snapshot instead of the cluster\'s; files are laid over them' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from why" -s o -l output -d 'Output format' -r -f -a "table\t''
json\t''
yaml\t''
jsonpath=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from why" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from why" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from why" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from why" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from why" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from why" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from why" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from why" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from why" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from why" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from why" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from why" -l overlay -d 'Lay the files over the objects of the cluster'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from why" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from why" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from why" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from help" -f -a "simulate" -d 'Say what policy would do with one connection, and which rule decides'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from help" -f -a "test" -d 'Check expectations in a file'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from help" -f -a "diff" -d 'List the pairs whose verdict changes between two sets of policies'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from help" -f -a "who-can-reach" -d 'List who may connect to a destination'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from help" -f -a "reach-from" -d 'List what a source may connect to'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from help" -f -a "coverage" -d 'Find rules without effect and workloads without policy'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from help" -f -a "why" -d 'Explain a denied connection of an access log, and the smallest change that would allow it'
complete -c meshctl -n "__fish_meshctl_using_subcommand authz; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -f -a "simulate" -d 'Say what policy would do with one connection, and which rule decides'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -f -a "test" -d 'Check expectations in a file'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -f -a "diff" -d 'List the pairs whose verdict changes between two sets of policies'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -f -a "who-can-reach" -d 'List who may connect to a destination'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -f -a "reach-from" -d 'List what a source may connect to'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -f -a "coverage" -d 'Find rules without effect and workloads without policy'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -f -a "why" -d 'Explain a denied connection of an access log, and the smallest change that would allow it'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and not __fish_seen_subcommand_from simulate test diff who-can-reach reach-from coverage why help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from simulate" -l from -d 'NAMESPACE/ACCOUNT, a pod, an address, or unmeshed' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from simulate" -l to -d 'A service, a pod or an address, with :PORT where there are several' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from simulate" -s f -l filename -d 'Objects from a file, a folder, or - for standard input; without it those of the cluster' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from simulate" -l snapshot -d 'Objects of a snapshot instead of the cluster\'s; files are laid over them' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from simulate" -l expect -d 'Exit 80 unless the verdict is this' -r -f -a "allow\t'Let through'
deny\t'Refused'"
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from simulate" -s o -l output -d 'Output format' -r -f -a "table\t''
json\t''
yaml\t''
jsonpath=\t''
junit\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from simulate" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from simulate" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from simulate" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from simulate" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from simulate" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from simulate" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from simulate" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from simulate" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from simulate" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from simulate" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from simulate" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from simulate" -l overlay -d 'Lay the files over the objects of the cluster'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from simulate" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from simulate" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from simulate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from test" -s f -l filename -d 'Objects from a file, a folder, or - for standard input; without it those of the cluster' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from test" -l snapshot -d 'Objects of a snapshot instead of the cluster\'s; files are laid over them' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from test" -s o -l output -d 'Output format' -r -f -a "table\t''
json\t''
yaml\t''
jsonpath=\t''
junit\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from test" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from test" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from test" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from test" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from test" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from test" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from test" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from test" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from test" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from test" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from test" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from test" -l overlay -d 'Lay the files over the objects of the cluster'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from test" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from test" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from test" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from diff" -s f -l filename -d 'Objects from a file, a folder, or - for standard input; without it those of the cluster' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from diff" -l snapshot -d 'Objects of a snapshot instead of the cluster\'s; files are laid over them' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from diff" -s o -l output -d 'Output format' -r -f -a "table\t''
wide\t''
name\t''
json\t''
yaml\t''
jsonpath=\t''
custom-columns=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from diff" -l sort-by -d 'Sort by a field of each row\'s JSON, such as .name' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from diff" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from diff" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from diff" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from diff" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from diff" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from diff" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from diff" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from diff" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from diff" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from diff" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from diff" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from diff" -l overlay -d 'Lay the files over the objects of the cluster'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from diff" -l no-headers -d 'No header row'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from diff" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from diff" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from who-can-reach" -s f -l filename -d 'Objects from a file, a folder, or - for standard input; without it those of the cluster' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from who-can-reach" -l snapshot -d 'Objects of a snapshot instead of the cluster\'s; files are laid over them' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from who-can-reach" -s o -l output -d 'Output format' -r -f -a "table\t''
wide\t''
name\t''
json\t''
yaml\t''
jsonpath=\t''
custom-columns=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from who-can-reach" -l sort-by -d 'Sort by a field of each row\'s JSON, such as .name' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from who-can-reach" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from who-can-reach" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from who-can-reach" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from who-can-reach" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from who-can-reach" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from who-can-reach" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from who-can-reach" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from who-can-reach" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from who-can-reach" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from who-can-reach" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from who-can-reach" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from who-can-reach" -l overlay -d 'Lay the files over the objects of the cluster'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from who-can-reach" -l all -d 'Also what is denied'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from who-can-reach" -l no-headers -d 'No header row'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from who-can-reach" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from who-can-reach" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from who-can-reach" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from reach-from" -s f -l filename -d 'Objects from a file, a folder, or - for standard input; without it those of the cluster' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from reach-from" -l snapshot -d 'Objects of a snapshot instead of the cluster\'s; files are laid over them' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from reach-from" -s o -l output -d 'Output format' -r -f -a "table\t''
wide\t''
name\t''
json\t''
yaml\t''
jsonpath=\t''
custom-columns=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from reach-from" -l sort-by -d 'Sort by a field of each row\'s JSON, such as .name' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from reach-from" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from reach-from" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from reach-from" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from reach-from" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from reach-from" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from reach-from" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from reach-from" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from reach-from" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from reach-from" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from reach-from" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from reach-from" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from reach-from" -l overlay -d 'Lay the files over the objects of the cluster'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from reach-from" -l all -d 'Also what is denied'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from reach-from" -l no-headers -d 'No header row'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from reach-from" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from reach-from" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from reach-from" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from coverage" -s f -l filename -d 'Objects from a file, a folder, or - for standard input; without it those of the cluster' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from coverage" -l snapshot -d 'Objects of a snapshot instead of the cluster\'s; files are laid over them' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from coverage" -s o -l output -d 'Output format' -r -f -a "table\t''
wide\t''
name\t''
json\t''
yaml\t''
jsonpath=\t''
custom-columns=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from coverage" -l sort-by -d 'Sort by a field of each row\'s JSON, such as .name' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from coverage" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from coverage" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from coverage" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from coverage" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from coverage" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from coverage" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from coverage" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from coverage" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from coverage" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from coverage" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from coverage" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from coverage" -l overlay -d 'Lay the files over the objects of the cluster'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from coverage" -l strict -d 'Exit 1 when anything is found'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from coverage" -l no-headers -d 'No header row'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from coverage" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from coverage" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from coverage" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from why" -s f -l filename -d 'Objects from a file, a folder, or - for standard input; without it those of the cluster' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from why" -l snapshot -d 'Objects of a snapshot instead of the cluster\'s; files are laid over them' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from why" -s o -l output -d 'Output format' -r -f -a "table\t''
json\t''
yaml\t''
jsonpath=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from why" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from why" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from why" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from why" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from why" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from why" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from why" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from why" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from why" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from why" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from why" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from why" -l overlay -d 'Lay the files over the objects of the cluster'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from why" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from why" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from why" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from help" -f -a "simulate" -d 'Say what policy would do with one connection, and which rule decides'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from help" -f -a "test" -d 'Check expectations in a file'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from help" -f -a "diff" -d 'List the pairs whose verdict changes between two sets of policies'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from help" -f -a "who-can-reach" -d 'List who may connect to a destination'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from help" -f -a "reach-from" -d 'List what a source may connect to'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from help" -f -a "coverage" -d 'Find rules without effect and workloads without policy'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from help" -f -a "why" -d 'Explain a denied connection of an access log, and the smallest change that would allow it'
complete -c meshctl -n "__fish_meshctl_using_subcommand authorization; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand proxy-status" -s v -l verbosity -d '1 shows the state of each type' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand proxy-status" -s o -l output -d 'Output format' -r -f -a "table\t''
wide\t''
name\t''
json\t''
yaml\t''
jsonpath=\t''
custom-columns=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand proxy-status" -l sort-by -d 'Sort by a field of each row\'s JSON, such as .name' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand proxy-status" -s l -l selector -d 'Only objects with such labels, as kubectl takes them' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand proxy-status" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand proxy-status" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand proxy-status" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand proxy-status" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand proxy-status" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand proxy-status" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand proxy-status" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand proxy-status" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand proxy-status" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand proxy-status" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand proxy-status" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand proxy-status" -l no-headers -d 'No header row'
complete -c meshctl -n "__fish_meshctl_using_subcommand proxy-status" -s w -l watch -d 'After the list, a row for each change, until interrupted'
complete -c meshctl -n "__fish_meshctl_using_subcommand proxy-status" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand proxy-status" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand proxy-status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand ps" -s v -l verbosity -d '1 shows the state of each type' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ps" -s o -l output -d 'Output format' -r -f -a "table\t''
wide\t''
name\t''
json\t''
yaml\t''
jsonpath=\t''
custom-columns=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand ps" -l sort-by -d 'Sort by a field of each row\'s JSON, such as .name' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ps" -s l -l selector -d 'Only objects with such labels, as kubectl takes them' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ps" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand ps" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ps" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ps" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ps" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ps" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ps" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ps" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ps" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ps" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ps" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand ps" -l no-headers -d 'No header row'
complete -c meshctl -n "__fish_meshctl_using_subcommand ps" -s w -l watch -d 'After the list, a row for each change, until interrupted'
complete -c meshctl -n "__fish_meshctl_using_subcommand ps" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand ps" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand ps" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand validate" -s f -l filename -d 'A file, a folder, or - for standard input' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand validate" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand validate" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand validate" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand validate" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand validate" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand validate" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand validate" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand validate" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand validate" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand validate" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand validate" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand validate" -s R -l recursive -d 'Also the folders below a folder; accepted, folders are always walked whole'
complete -c meshctl -n "__fish_meshctl_using_subcommand validate" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand validate" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand validate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand top" -l by -d 'One row for each of these' -r -f -a "pod\t''
component\t''
node\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand top" -s o -l output -d 'Output format' -r -f -a "table\t''
wide\t''
name\t''
json\t''
yaml\t''
jsonpath=\t''
custom-columns=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand top" -l sort-by -d 'Sort by a field of each row\'s JSON, such as .name' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand top" -s l -l selector -d 'Only objects with such labels, as kubectl takes them' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand top" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand top" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand top" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand top" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand top" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand top" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand top" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand top" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand top" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand top" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand top" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand top" -l no-headers -d 'No header row'
complete -c meshctl -n "__fish_meshctl_using_subcommand top" -s w -l watch -d 'After the list, a row for each change, until interrupted'
complete -c meshctl -n "__fish_meshctl_using_subcommand top" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand top" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand top" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and not __fish_seen_subcommand_from mtls resources savings help" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and not __fish_seen_subcommand_from mtls resources savings help" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and not __fish_seen_subcommand_from mtls resources savings help" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and not __fish_seen_subcommand_from mtls resources savings help" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and not __fish_seen_subcommand_from mtls resources savings help" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and not __fish_seen_subcommand_from mtls resources savings help" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and not __fish_seen_subcommand_from mtls resources savings help" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and not __fish_seen_subcommand_from mtls resources savings help" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and not __fish_seen_subcommand_from mtls resources savings help" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and not __fish_seen_subcommand_from mtls resources savings help" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and not __fish_seen_subcommand_from mtls resources savings help" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and not __fish_seen_subcommand_from mtls resources savings help" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and not __fish_seen_subcommand_from mtls resources savings help" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and not __fish_seen_subcommand_from mtls resources savings help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and not __fish_seen_subcommand_from mtls resources savings help" -f -a "mtls" -d 'Show which share of connections is encrypted, by pair of namespaces, and plaintext peers by name'
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and not __fish_seen_subcommand_from mtls resources savings help" -f -a "resources" -d 'Show what each part of the mesh uses and reserves'
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and not __fish_seen_subcommand_from mtls resources savings help" -f -a "savings" -d 'Compare the mesh with a sidecar in each pod'
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and not __fish_seen_subcommand_from mtls resources savings help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from mtls" -s f -l file -d 'Metrics that were saved from proxies, instead of asking them' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from mtls" -s o -l output -d 'Output format' -r -f -a "table\t''
json\t''
yaml\t''
jsonpath=\t''
markdown\t''
html\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from mtls" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from mtls" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from mtls" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from mtls" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from mtls" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from mtls" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from mtls" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from mtls" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from mtls" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from mtls" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from mtls" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from mtls" -l strict -d 'Exit 1 when a connection was not encrypted'
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from mtls" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from mtls" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from mtls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from resources" -s o -l output -d 'Output format' -r -f -a "table\t''
json\t''
yaml\t''
jsonpath=\t''
markdown\t''
html\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from resources" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from resources" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from resources" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from resources" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from resources" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from resources" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from resources" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from resources" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from resources" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from resources" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from resources" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from resources" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from resources" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from resources" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from savings" -l pods -d 'How many pods to compare for; those that are in the mesh unless given' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from savings" -l sidecar-cpu -d 'CPU that a sidecar requests' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from savings" -l sidecar-memory -d 'Memory that a sidecar requests' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from savings" -l sidecar-used-memory -d 'Memory that a sidecar uses' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from savings" -s o -l output -d 'Output format' -r -f -a "table\t''
json\t''
yaml\t''
jsonpath=\t''
markdown\t''
html\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from savings" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from savings" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from savings" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from savings" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from savings" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from savings" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from savings" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from savings" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from savings" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from savings" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from savings" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from savings" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from savings" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from savings" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from help" -f -a "mtls" -d 'Show which share of connections is encrypted, by pair of namespaces, and plaintext peers by name'
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from help" -f -a "resources" -d 'Show what each part of the mesh uses and reserves'
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from help" -f -a "savings" -d 'Compare the mesh with a sidecar in each pod'
complete -c meshctl -n "__fish_meshctl_using_subcommand report; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -f -a "workload" -d 'Show workloads, their addresses and protocols'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -f -a "service" -d 'Show services, their addresses and endpoints'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -f -a "policy" -d 'Show authorization policies'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -f -a "certificate" -d 'Show certificates and their validity'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -f -a "connections" -d 'Show live connections'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -f -a "all" -d 'Show everything'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -f -a "log" -d 'Read or change the log levels of the node proxies'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from workload" -l node -d 'Ask the ztunnel of this node' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from workload" -s f -l file -d 'Read the dump from a file; - is standard input' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from workload" -l proxy-admin-port -d 'The admin port inside the pod' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from workload" -s o -l output -d 'Output format' -r -f -a "table\t''
wide\t''
name\t''
json\t''
yaml\t''
jsonpath=\t''
custom-columns=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from workload" -l sort-by -d 'Sort by a field of each row\'s JSON, such as .name' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from workload" -s l -l selector -d 'Only objects with such labels, as kubectl takes them' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from workload" -l workload-namespace -d 'Only workloads of this namespace' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from workload" -l workload-node -d 'Only workloads on this node' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from workload" -l address -d 'Only workloads with this address, or with one in this network' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from workload" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from workload" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from workload" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from workload" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from workload" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from workload" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from workload" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from workload" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from workload" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from workload" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from workload" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from workload" -l no-headers -d 'No header row'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from workload" -s w -l watch -d 'After the list, a row for each change, until interrupted'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from workload" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from workload" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from workload" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from service" -l node -d 'Ask the ztunnel of this node' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from service" -s f -l file -d 'Read the dump from a file; - is standard input' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from service" -l proxy-admin-port -d 'The admin port inside the pod' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from service" -s o -l output -d 'Output format' -r -f -a "table\t''
wide\t''
name\t''
json\t''
yaml\t''
jsonpath=\t''
custom-columns=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from service" -l sort-by -d 'Sort by a field of each row\'s JSON, such as .name' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from service" -s l -l selector -d 'Only objects with such labels, as kubectl takes them' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from service" -l service-namespace -d 'Only services of this namespace' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from service" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from service" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from service" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from service" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from service" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from service" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from service" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from service" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from service" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from service" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from service" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from service" -l no-headers -d 'No header row'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from service" -s w -l watch -d 'After the list, a row for each change, until interrupted'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from service" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from service" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from service" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from policy" -l node -d 'Ask the ztunnel of this node' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from policy" -s f -l file -d 'Read the dump from a file; - is standard input' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from policy" -l proxy-admin-port -d 'The admin port inside the pod' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from policy" -s o -l output -d 'Output format' -r -f -a "table\t''
wide\t''
name\t''
json\t''
yaml\t''
jsonpath=\t''
custom-columns=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from policy" -l sort-by -d 'Sort by a field of each row\'s JSON, such as .name' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from policy" -s l -l selector -d 'Only objects with such labels, as kubectl takes them' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from policy" -l policy-namespace -d 'Only policies of this namespace' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from policy" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from policy" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from policy" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from policy" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from policy" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from policy" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from policy" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from policy" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from policy" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from policy" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from policy" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from policy" -l no-headers -d 'No header row'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from policy" -s w -l watch -d 'After the list, a row for each change, until interrupted'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from policy" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from policy" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from policy" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from certificate" -l node -d 'Ask the ztunnel of this node' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from certificate" -s f -l file -d 'Read the dump from a file; - is standard input' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from certificate" -l proxy-admin-port -d 'The admin port inside the pod' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from certificate" -s o -l output -d 'Output format' -r -f -a "table\t''
wide\t''
name\t''
json\t''
yaml\t''
jsonpath=\t''
custom-columns=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from certificate" -l sort-by -d 'Sort by a field of each row\'s JSON, such as .name' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from certificate" -s l -l selector -d 'Only objects with such labels, as kubectl takes them' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from certificate" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from certificate" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from certificate" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from certificate" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from certificate" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from certificate" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from certificate" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from certificate" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from certificate" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from certificate" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from certificate" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from certificate" -l no-headers -d 'No header row'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from certificate" -s w -l watch -d 'After the list, a row for each change, until interrupted'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from certificate" -l all-nodes -d 'Ask the ztunnel of every node'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from certificate" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from certificate" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from certificate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from connections" -l node -d 'Ask the ztunnel of this node' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from connections" -s f -l file -d 'Read the dump from a file; - is standard input' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from connections" -l proxy-admin-port -d 'The admin port inside the pod' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from connections" -s o -l output -d 'Output format' -r -f -a "table\t''
wide\t''
name\t''
json\t''
yaml\t''
jsonpath=\t''
custom-columns=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from connections" -l sort-by -d 'Sort by a field of each row\'s JSON, such as .name' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from connections" -s l -l selector -d 'Only objects with such labels, as kubectl takes them' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from connections" -l workload-namespace -d 'Only workloads of this namespace' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from connections" -l direction -d 'Only one direction' -r -f -a "inbound\t'Connections that arrive'
outbound\t'Connections that leave'"
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from connections" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from connections" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from connections" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from connections" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from connections" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from connections" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from connections" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from connections" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from connections" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from connections" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from connections" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from connections" -l no-headers -d 'No header row'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from connections" -s w -l watch -d 'After the list, a row for each change, until interrupted'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from connections" -l all-nodes -d 'Ask the ztunnel of every node'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from connections" -l raw -d 'Leave addresses as they are'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from connections" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from connections" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from connections" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from all" -l node -d 'Ask the ztunnel of this node' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from all" -s f -l file -d 'Read the dump from a file; - is standard input' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from all" -l proxy-admin-port -d 'The admin port inside the pod' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from all" -s o -l output -d 'Output format' -r -f -a "short\t''
json\t''
yaml\t''
jsonpath=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from all" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from all" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from all" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from all" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from all" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from all" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from all" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from all" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from all" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from all" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from all" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from all" -l with-headers -d 'Put a heading before each table'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from all" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from all" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from all" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from log" -l node -d 'The ztunnel of this node' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from log" -l level -d 'LEVEL, or a list of SCOPE:LEVEL' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from log" -s o -l output -d 'Output format' -r -f -a "short\t''
json\t''
yaml\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from log" -l proxy-admin-port -d 'The admin port inside the pod' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from log" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from log" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from log" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from log" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from log" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from log" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from log" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from log" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from log" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from log" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from log" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from log" -s r -l reset -d 'Back to `info`'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from log" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from log" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from log" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from help" -f -a "workload" -d 'Show workloads, their addresses and protocols'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from help" -f -a "service" -d 'Show services, their addresses and endpoints'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from help" -f -a "policy" -d 'Show authorization policies'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from help" -f -a "certificate" -d 'Show certificates and their validity'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from help" -f -a "connections" -d 'Show live connections'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from help" -f -a "all" -d 'Show everything'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from help" -f -a "log" -d 'Read or change the log levels of the node proxies'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -f -a "workload" -d 'Show workloads, their addresses and protocols'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -f -a "service" -d 'Show services, their addresses and endpoints'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -f -a "policy" -d 'Show authorization policies'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -f -a "certificate" -d 'Show certificates and their validity'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -f -a "connections" -d 'Show live connections'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -f -a "all" -d 'Show everything'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -f -a "log" -d 'Read or change the log levels of the node proxies'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all log help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from workload" -l node -d 'Ask the ztunnel of this node' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from workload" -s f -l file -d 'Read the dump from a file; - is standard input' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from workload" -l proxy-admin-port -d 'The admin port inside the pod' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from workload" -s o -l output -d 'Output format' -r -f -a "table\t''
wide\t''
name\t''
json\t''
yaml\t''
jsonpath=\t''
custom-columns=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from workload" -l sort-by -d 'Sort by a field of each row\'s JSON, such as .name' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from workload" -s l -l selector -d 'Only objects with such labels, as kubectl takes them' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from workload" -l workload-namespace -d 'Only workloads of this namespace' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from workload" -l workload-node -d 'Only workloads on this node' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from workload" -l address -d 'Only workloads with this address, or with one in this network' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from workload" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from workload" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from workload" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from workload" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from workload" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from workload" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from workload" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from workload" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from workload" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from workload" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from workload" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from workload" -l no-headers -d 'No header row'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from workload" -s w -l watch -d 'After the list, a row for each change, until interrupted'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from workload" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from workload" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from workload" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from service" -l node -d 'Ask the ztunnel of this node' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from service" -s f -l file -d 'Read the dump from a file; - is standard input' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from service" -l proxy-admin-port -d 'The admin port inside the pod' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from service" -s o -l output -d 'Output format' -r -f -a "table\t''
wide\t''
name\t''
json\t''
yaml\t''
jsonpath=\t''
custom-columns=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from service" -l sort-by -d 'Sort by a field of each row\'s JSON, such as .name' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from service" -s l -l selector -d 'Only objects with such labels, as kubectl takes them' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from service" -l service-namespace -d 'Only services of this namespace' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from service" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from service" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from service" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from service" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from service" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from service" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from service" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from service" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from service" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from service" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from service" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from service" -l no-headers -d 'No header row'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from service" -s w -l watch -d 'After the list, a row for each change, until interrupted'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from service" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from service" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from service" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from policy" -l node -d 'Ask the ztunnel of this node' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from policy" -s f -l file -d 'Read the dump from a file; - is standard input' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from policy" -l proxy-admin-port -d 'The admin port inside the pod' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from policy" -s o -l output -d 'Output format' -r -f -a "table\t''
wide\t''
name\t''
json\t''
yaml\t''
jsonpath=\t''
custom-columns=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from policy" -l sort-by -d 'Sort by a field of each row\'s JSON, such as .name' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from policy" -s l -l selector -d 'Only objects with such labels, as kubectl takes them' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from policy" -l policy-namespace -d 'Only policies of this namespace' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from policy" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from policy" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from policy" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from policy" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from policy" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from policy" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from policy" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from policy" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from policy" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from policy" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from policy" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from policy" -l no-headers -d 'No header row'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from policy" -s w -l watch -d 'After the list, a row for each change, until interrupted'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from policy" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from policy" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from policy" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from certificate" -l node -d 'Ask the ztunnel of this node' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from certificate" -s f -l file -d 'Read the dump from a file; - is standard input' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from certificate" -l proxy-admin-port -d 'The admin port inside the pod' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from certificate" -s o -l output -d 'Output format' -r -f -a "table\t''
wide\t''
name\t''
json\t''
yaml\t''
jsonpath=\t''
custom-columns=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from certificate" -l sort-by -d 'Sort by a field of each row\'s JSON, such as .name' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from certificate" -s l -l selector -d 'Only objects with such labels, as kubectl takes them' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from certificate" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from certificate" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from certificate" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from certificate" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from certificate" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from certificate" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from certificate" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from certificate" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from certificate" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from certificate" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from certificate" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from certificate" -l no-headers -d 'No header row'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from certificate" -s w -l watch -d 'After the list, a row for each change, until interrupted'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from certificate" -l all-nodes -d 'Ask the ztunnel of every node'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from certificate" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from certificate" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from certificate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from connections" -l node -d 'Ask the ztunnel of this node' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from connections" -s f -l file -d 'Read the dump from a file; - is standard input' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from connections" -l proxy-admin-port -d 'The admin port inside the pod' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from connections" -s o -l output -d 'Output format' -r -f -a "table\t''
wide\t''
name\t''
json\t''
yaml\t''
jsonpath=\t''
custom-columns=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from connections" -l sort-by -d 'Sort by a field of each row\'s JSON, such as .name' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from connections" -s l -l selector -d 'Only objects with such labels, as kubectl takes them' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from connections" -l workload-namespace -d 'Only workloads of this namespace' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from connections" -l direction -d 'Only one direction' -r -f -a "inbound\t'Connections that arrive'
outbound\t'Connections that leave'"
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from connections" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from connections" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from connections" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from connections" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from connections" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from connections" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from connections" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from connections" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from connections" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from connections" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from connections" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from connections" -l no-headers -d 'No header row'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from connections" -s w -l watch -d 'After the list, a row for each change, until interrupted'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from connections" -l all-nodes -d 'Ask the ztunnel of every node'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from connections" -l raw -d 'Leave addresses as they are'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from connections" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from connections" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from connections" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from all" -l node -d 'Ask the ztunnel of this node' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from all" -s f -l file -d 'Read the dump from a file; - is standard input' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from all" -l proxy-admin-port -d 'The admin port inside the pod' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from all" -s o -l output -d 'Output format' -r -f -a "short\t''
json\t''
yaml\t''
jsonpath=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from all" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from all" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from all" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from all" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from all" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from all" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from all" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from all" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from all" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from all" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from all" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from all" -l with-headers -d 'Put a heading before each table'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from all" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from all" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from all" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from log" -l node -d 'The ztunnel of this node' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from log" -l level -d 'LEVEL, or a list of SCOPE:LEVEL' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from log" -s o -l output -d 'Output format' -r -f -a "short\t''
json\t''
yaml\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from log" -l proxy-admin-port -d 'The admin port inside the pod' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from log" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from log" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from log" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from log" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from log" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from log" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from log" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from log" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from log" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from log" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from log" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from log" -s r -l reset -d 'Back to `info`'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from log" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from log" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from log" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from help" -f -a "workload" -d 'Show workloads, their addresses and protocols'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from help" -f -a "service" -d 'Show services, their addresses and endpoints'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from help" -f -a "policy" -d 'Show authorization policies'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from help" -f -a "certificate" -d 'Show certificates and their validity'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from help" -f -a "connections" -d 'Show live connections'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from help" -f -a "all" -d 'Show everything'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from help" -f -a "log" -d 'Read or change the log levels of the node proxies'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and not __fish_seen_subcommand_from ns help" -s f -l filename -d 'Operator document or chart values; later ones win; - is standard input, as the last one' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and not __fish_seen_subcommand_from ns help" -s s -l set -d 'One value, after the files: PATH=VALUE' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and not __fish_seen_subcommand_from ns help" -s d -l manifests -d 'A folder with the charts base, istiod, cni and ztunnel, instead of the built-in ones' -r -f -a "(__fish_complete_directories)"
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and not __fish_seen_subcommand_from ns help" -s r -l revision -d 'Revision of the control plane; `default` means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and not __fish_seen_subcommand_from ns help" -l wait -d 'How long to wait for what may still become ready' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and not __fish_seen_subcommand_from ns help" -s o -l output -d 'Output format' -r -f -a "table\t''
short\t''
json\t''
yaml\t''
jsonpath=\t''
junit\t''
wide\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and not __fish_seen_subcommand_from ns help" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and not __fish_seen_subcommand_from ns help" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and not __fish_seen_subcommand_from ns help" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and not __fish_seen_subcommand_from ns help" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and not __fish_seen_subcommand_from ns help" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and not __fish_seen_subcommand_from ns help" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and not __fish_seen_subcommand_from ns help" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and not __fish_seen_subcommand_from ns help" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and not __fish_seen_subcommand_from ns help" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and not __fish_seen_subcommand_from ns help" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and not __fish_seen_subcommand_from ns help" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and not __fish_seen_subcommand_from ns help" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and not __fish_seen_subcommand_from ns help" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and not __fish_seen_subcommand_from ns help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and not __fish_seen_subcommand_from ns help" -f -a "ns" -d 'Check that everything in a namespace that should be in the mesh is in, and works'
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and not __fish_seen_subcommand_from ns help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and __fish_seen_subcommand_from ns" -l wait -d 'How long to wait for what may still become well' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and __fish_seen_subcommand_from ns" -s o -l output -d 'Output format' -r -f -a "table\t''
short\t''
json\t''
yaml\t''
jsonpath=\t''
junit\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and __fish_seen_subcommand_from ns" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and __fish_seen_subcommand_from ns" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and __fish_seen_subcommand_from ns" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and __fish_seen_subcommand_from ns" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and __fish_seen_subcommand_from ns" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and __fish_seen_subcommand_from ns" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and __fish_seen_subcommand_from ns" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and __fish_seen_subcommand_from ns" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and __fish_seen_subcommand_from ns" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and __fish_seen_subcommand_from ns" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and __fish_seen_subcommand_from ns" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and __fish_seen_subcommand_from ns" -l strict -d 'Warnings are errors: pods that are excluded, signals that nobody can give'
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and __fish_seen_subcommand_from ns" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and __fish_seen_subcommand_from ns" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and __fish_seen_subcommand_from ns" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and __fish_seen_subcommand_from help" -f -a "ns" -d 'Check that everything in a namespace that should be in the mesh is in, and works'
complete -c meshctl -n "__fish_meshctl_using_subcommand verify; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand precheck" -s f -l filename -d 'Operator document or chart values; later ones win; - is standard input, as the last one' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand precheck" -s s -l set -d 'One value, after the files: PATH=VALUE' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand precheck" -s d -l manifests -d 'A folder with the charts base, istiod, cni and ztunnel, instead of the built-in ones' -r -f -a "(__fish_complete_directories)"
complete -c meshctl -n "__fish_meshctl_using_subcommand precheck" -s r -l revision -d 'Revision of the control plane; `default` means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand precheck" -l from-version -d 'The version that is installed now, as X.Y; accepted, every check holds for any' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand precheck" -l output-threshold -d 'Print findings that are at least this bad' -r -f -a "Info\t''
Warning\t''
Error\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand precheck" -s o -l output -d 'Output format' -r -f -a "log\t''
json\t''
yaml\t''
jsonpath=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand precheck" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand precheck" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand precheck" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand precheck" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand precheck" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand precheck" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand precheck" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand precheck" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand precheck" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand precheck" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand precheck" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand precheck" -l skip-controlplane -d 'Leave out what concerns the control plane: permissions'
complete -c meshctl -n "__fish_meshctl_using_subcommand precheck" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand precheck" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand precheck" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand status" -l wait-duration -d 'How long to wait' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand status" -s o -l output -d 'Output format' -r -f -a "summary\t''
json\t''
yaml\t''
jsonpath=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand status" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand status" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand status" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand status" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand status" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand status" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand status" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand status" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand status" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand status" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand status" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand status" -l wait -d 'Wait until there are neither errors nor warnings'
complete -c meshctl -n "__fish_meshctl_using_subcommand status" -l ignore-warnings -d 'Warnings are no reason to wait'
complete -c meshctl -n "__fish_meshctl_using_subcommand status" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand status" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand bug-report" -l output-dir -d 'Where the archive is written' -r -f -a "(__fish_complete_directories)"
complete -c meshctl -n "__fish_meshctl_using_subcommand bug-report" -l timeout -d 'How long all of it may take' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand bug-report" -l tail -d 'The last lines of each log' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand bug-report" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand bug-report" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand bug-report" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand bug-report" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand bug-report" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand bug-report" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand bug-report" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand bug-report" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand bug-report" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand bug-report" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand bug-report" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand bug-report" -l dry-run -d 'Say what would be asked, and ask nothing'
complete -c meshctl -n "__fish_meshctl_using_subcommand bug-report" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand bug-report" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand bug-report" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save show diff help" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save show diff help" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save show diff help" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save show diff help" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save show diff help" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save show diff help" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save show diff help" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save show diff help" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save show diff help" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save show diff help" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save show diff help" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save show diff help" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save show diff help" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save show diff help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save show diff help" -f -a "save" -d 'Write the mesh at this moment into a file'
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save show diff help" -f -a "show" -d 'Show what a snapshot holds'
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save show diff help" -f -a "diff" -d 'List what differs between two snapshots; exit 1 if anything does'
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save show diff help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from save" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from save" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from save" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from save" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from save" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from save" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from save" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from save" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from save" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from save" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from save" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from save" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from save" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from save" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from show" -s o -l output -d 'Output format' -r -f -a "table\t''
json\t''
yaml\t''
jsonpath=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from show" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from show" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from show" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from show" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from show" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from show" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from show" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from show" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from show" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from show" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from diff" -s o -l output -d 'Output format' -r -f -a "table\t''
wide\t''
name\t''
json\t''
yaml\t''
jsonpath=\t''
custom-columns=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from diff" -l sort-by -d 'Sort by a field of each row\'s JSON, such as .name' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from diff" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from diff" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from diff" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from diff" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from diff" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from diff" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from diff" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from diff" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from diff" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from diff" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from diff" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from diff" -l no-headers -d 'No header row'
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from diff" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from diff" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from help" -f -a "save" -d 'Write the mesh at this moment into a file'
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show what a snapshot holds'
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from help" -f -a "diff" -d 'List what differs between two snapshots; exit 1 if anything does'
complete -c meshctl -n "__fish_meshctl_using_subcommand snapshot; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand wait" -l for -d 'What to wait for' -r -f -a "delivery\t'Every proxy holds it as it is now'
delete\t'No proxy holds it'"
complete -c meshctl -n "__fish_meshctl_using_subcommand wait" -l timeout -d 'How long' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wait" -l threshold -d 'The share of node proxies that suffices, from 0 to 1' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wait" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand wait" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wait" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wait" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wait" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wait" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wait" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wait" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wait" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wait" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wait" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand wait" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand wait" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand wait" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and not __fish_seen_subcommand_from apply generate list status delete help" -l name -d 'Name of the waypoint' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and not __fish_seen_subcommand_from apply generate list status delete help" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and not __fish_seen_subcommand_from apply generate list status delete help" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and not __fish_seen_subcommand_from apply generate list status delete help" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and not __fish_seen_subcommand_from apply generate list status delete help" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and not __fish_seen_subcommand_from apply generate list status delete help" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and not __fish_seen_subcommand_from apply generate list status delete help" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and not __fish_seen_subcommand_from apply generate list status delete help" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and not __fish_seen_subcommand_from apply generate list status delete help" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and not __fish_seen_subcommand_from apply generate list status delete help" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and not __fish_seen_subcommand_from apply generate list status delete help" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and not __fish_seen_subcommand_from apply generate list status delete help" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and not __fish_seen_subcommand_from apply generate list status delete help" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and not __fish_seen_subcommand_from apply generate list status delete help" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and not __fish_seen_subcommand_from apply generate list status delete help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and not __fish_seen_subcommand_from apply generate list status delete help" -f -a "apply" -d 'Ask for a waypoint, and let a namespace use it'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and not __fish_seen_subcommand_from apply generate list status delete help" -f -a "generate" -d 'Print the Gateway that asks for a waypoint'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and not __fish_seen_subcommand_from apply generate list status delete help" -f -a "list" -d 'List waypoints'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and not __fish_seen_subcommand_from apply generate list status delete help" -f -a "status" -d 'Show whether waypoints are ready, and what uses them'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and not __fish_seen_subcommand_from apply generate list status delete help" -f -a "delete" -d 'Delete waypoints'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and not __fish_seen_subcommand_from apply generate list status delete help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from apply" -l for -d 'Which traffic it takes [default: what the control plane takes, service]' -r -f -a "service\t''
workload\t''
all\t''
none\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from apply" -s r -l revision -d 'The revision that manages it' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from apply" -l waypoint-timeout -d 'How long to wait' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from apply" -l name -d 'Name of the waypoint' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from apply" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from apply" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from apply" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from apply" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from apply" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from apply" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from apply" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from apply" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from apply" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from apply" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from apply" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from apply" -l enroll-namespace -d 'Let the whole namespace use it'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from apply" -l overwrite -d 'Let the namespace use it even if it uses another one'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from apply" -s w -l wait -d 'Wait until it is programmed'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from apply" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from apply" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from apply" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from generate" -l for -d 'Which traffic it takes [default: what the control plane takes, service]' -r -f -a "service\t''
workload\t''
all\t''
none\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from generate" -s r -l revision -d 'The revision that manages it' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from generate" -l name -d 'Name of the waypoint' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from generate" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from generate" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from generate" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from generate" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from generate" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from generate" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from generate" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from generate" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from generate" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from generate" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from generate" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from generate" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from generate" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from generate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from list" -s o -l output -d 'Output format' -r -f -a "table\t''
wide\t''
name\t''
json\t''
yaml\t''
jsonpath=\t''
custom-columns=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from list" -l sort-by -d 'Sort by a field of each row\'s JSON, such as .name' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from list" -s l -l selector -d 'Only objects with such labels, as kubectl takes them' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from list" -l name -d 'Name of the waypoint' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from list" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from list" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from list" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from list" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from list" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from list" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from list" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from list" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from list" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from list" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from list" -s A -l all-namespaces -d 'Every namespace'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from list" -l no-headers -d 'No header row'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from list" -s w -l watch -d 'After the list, a row for each change, until interrupted'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from status" -s w -l wait -d 'Wait until all are programmed' -r -f -a "true\t''
false\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from status" -l waypoint-timeout -d 'How long to wait' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from status" -s o -l output -d 'Output format' -r -f -a "table\t''
wide\t''
name\t''
json\t''
yaml\t''
jsonpath=\t''
custom-columns=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from status" -l sort-by -d 'Sort by a field of each row\'s JSON, such as .name' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from status" -s l -l selector -d 'Only objects with such labels, as kubectl takes them' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from status" -l name -d 'Name of the waypoint' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from status" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from status" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from status" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from status" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from status" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from status" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from status" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from status" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from status" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from status" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from status" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from status" -s A -l all-namespaces -d 'Every namespace'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from status" -l no-headers -d 'No header row'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from status" -l watch -d 'After the list, a row for each change, until interrupted'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from status" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from delete" -s r -l revision -d 'Every waypoint of this revision in the namespace' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from delete" -l name -d 'Name of the waypoint' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from delete" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from delete" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from delete" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from delete" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from delete" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from delete" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from delete" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from delete" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from delete" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from delete" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from delete" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from delete" -l all -d 'Every waypoint of the namespace'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from delete" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from delete" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from help" -f -a "apply" -d 'Ask for a waypoint, and let a namespace use it'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from help" -f -a "generate" -d 'Print the Gateway that asks for a waypoint'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from help" -f -a "list" -d 'List waypoints'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from help" -f -a "status" -d 'Show whether waypoints are ready, and what uses them'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from help" -f -a "delete" -d 'Delete waypoints'
complete -c meshctl -n "__fish_meshctl_using_subcommand waypoint; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and not __fish_seen_subcommand_from apply generate list status delete help" -l name -d 'Name of the waypoint' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and not __fish_seen_subcommand_from apply generate list status delete help" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and not __fish_seen_subcommand_from apply generate list status delete help" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and not __fish_seen_subcommand_from apply generate list status delete help" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and not __fish_seen_subcommand_from apply generate list status delete help" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and not __fish_seen_subcommand_from apply generate list status delete help" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and not __fish_seen_subcommand_from apply generate list status delete help" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and not __fish_seen_subcommand_from apply generate list status delete help" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and not __fish_seen_subcommand_from apply generate list status delete help" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and not __fish_seen_subcommand_from apply generate list status delete help" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and not __fish_seen_subcommand_from apply generate list status delete help" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and not __fish_seen_subcommand_from apply generate list status delete help" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and not __fish_seen_subcommand_from apply generate list status delete help" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and not __fish_seen_subcommand_from apply generate list status delete help" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and not __fish_seen_subcommand_from apply generate list status delete help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and not __fish_seen_subcommand_from apply generate list status delete help" -f -a "apply" -d 'Ask for a waypoint, and let a namespace use it'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and not __fish_seen_subcommand_from apply generate list status delete help" -f -a "generate" -d 'Print the Gateway that asks for a waypoint'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and not __fish_seen_subcommand_from apply generate list status delete help" -f -a "list" -d 'List waypoints'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and not __fish_seen_subcommand_from apply generate list status delete help" -f -a "status" -d 'Show whether waypoints are ready, and what uses them'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and not __fish_seen_subcommand_from apply generate list status delete help" -f -a "delete" -d 'Delete waypoints'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and not __fish_seen_subcommand_from apply generate list status delete help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from apply" -l for -d 'Which traffic it takes [default: what the control plane takes, service]' -r -f -a "service\t''
workload\t''
all\t''
none\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from apply" -s r -l revision -d 'The revision that manages it' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from apply" -l waypoint-timeout -d 'How long to wait' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from apply" -l name -d 'Name of the waypoint' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from apply" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from apply" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from apply" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from apply" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from apply" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from apply" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from apply" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from apply" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from apply" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from apply" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from apply" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from apply" -l enroll-namespace -d 'Let the whole namespace use it'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from apply" -l overwrite -d 'Let the namespace use it even if it uses another one'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from apply" -s w -l wait -d 'Wait until it is programmed'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from apply" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from apply" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from apply" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from generate" -l for -d 'Which traffic it takes [default: what the control plane takes, service]' -r -f -a "service\t''
workload\t''
all\t''
none\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from generate" -s r -l revision -d 'The revision that manages it' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from generate" -l name -d 'Name of the waypoint' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from generate" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from generate" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from generate" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from generate" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from generate" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from generate" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from generate" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from generate" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from generate" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from generate" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from generate" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from generate" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from generate" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from generate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from list" -s o -l output -d 'Output format' -r -f -a "table\t''
wide\t''
name\t''
json\t''
yaml\t''
jsonpath=\t''
custom-columns=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from list" -l sort-by -d 'Sort by a field of each row\'s JSON, such as .name' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from list" -s l -l selector -d 'Only objects with such labels, as kubectl takes them' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from list" -l name -d 'Name of the waypoint' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from list" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from list" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from list" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from list" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from list" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from list" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from list" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from list" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from list" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from list" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from list" -s A -l all-namespaces -d 'Every namespace'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from list" -l no-headers -d 'No header row'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from list" -s w -l watch -d 'After the list, a row for each change, until interrupted'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from status" -s w -l wait -d 'Wait until all are programmed' -r -f -a "true\t''
false\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from status" -l waypoint-timeout -d 'How long to wait' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from status" -s o -l output -d 'Output format' -r -f -a "table\t''
wide\t''
name\t''
json\t''
yaml\t''
jsonpath=\t''
custom-columns=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from status" -l sort-by -d 'Sort by a field of each row\'s JSON, such as .name' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from status" -s l -l selector -d 'Only objects with such labels, as kubectl takes them' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from status" -l name -d 'Name of the waypoint' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from status" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from status" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from status" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from status" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from status" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from status" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from status" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from status" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from status" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from status" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from status" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from status" -s A -l all-namespaces -d 'Every namespace'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from status" -l no-headers -d 'No header row'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from status" -l watch -d 'After the list, a row for each change, until interrupted'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from status" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from delete" -s r -l revision -d 'Every waypoint of this revision in the namespace' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from delete" -l name -d 'Name of the waypoint' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from delete" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from delete" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from delete" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from delete" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from delete" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from delete" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from delete" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from delete" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from delete" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from delete" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from delete" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from delete" -l all -d 'Every waypoint of the namespace'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from delete" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from delete" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from help" -f -a "apply" -d 'Ask for a waypoint, and let a namespace use it'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from help" -f -a "generate" -d 'Print the Gateway that asks for a waypoint'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from help" -f -a "list" -d 'List waypoints'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from help" -f -a "status" -d 'Show whether waypoints are ready, and what uses them'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from help" -f -a "delete" -d 'Delete waypoints'
complete -c meshctl -n "__fish_meshctl_using_subcommand wp; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and not __fish_seen_subcommand_from dump help" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and not __fish_seen_subcommand_from dump help" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and not __fish_seen_subcommand_from dump help" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and not __fish_seen_subcommand_from dump help" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and not __fish_seen_subcommand_from dump help" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and not __fish_seen_subcommand_from dump help" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and not __fish_seen_subcommand_from dump help" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and not __fish_seen_subcommand_from dump help" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and not __fish_seen_subcommand_from dump help" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and not __fish_seen_subcommand_from dump help" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and not __fish_seen_subcommand_from dump help" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and not __fish_seen_subcommand_from dump help" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and not __fish_seen_subcommand_from dump help" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and not __fish_seen_subcommand_from dump help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and not __fish_seen_subcommand_from dump help" -f -a "dump" -d 'Print the resources that node proxies are sent for these objects'
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and not __fish_seen_subcommand_from dump help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and __fish_seen_subcommand_from dump" -s f -l filename -d 'Objects from a file, a folder, or - for standard input; without it those of the cluster' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and __fish_seen_subcommand_from dump" -l snapshot -d 'Objects of a snapshot instead of the cluster\'s; files are laid over them' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and __fish_seen_subcommand_from dump" -l type -d 'Only resources of this type' -r -f -a "address\t'Workloads and services'
authorization\t'Policies'"
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and __fish_seen_subcommand_from dump" -l node -d 'What the proxy of this node is sent first, when it asks on demand; --as NODE says the same here' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and __fish_seen_subcommand_from dump" -s o -l output -d 'Output format' -r -f -a "yaml\t''
json\t''
jsonpath=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and __fish_seen_subcommand_from dump" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and __fish_seen_subcommand_from dump" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and __fish_seen_subcommand_from dump" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and __fish_seen_subcommand_from dump" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and __fish_seen_subcommand_from dump" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and __fish_seen_subcommand_from dump" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and __fish_seen_subcommand_from dump" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and __fish_seen_subcommand_from dump" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and __fish_seen_subcommand_from dump" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and __fish_seen_subcommand_from dump" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and __fish_seen_subcommand_from dump" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and __fish_seen_subcommand_from dump" -l overlay -d 'Lay the files over the objects of the cluster'
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and __fish_seen_subcommand_from dump" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and __fish_seen_subcommand_from dump" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and __fish_seen_subcommand_from dump" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and __fish_seen_subcommand_from help" -f -a "dump" -d 'Print the resources that node proxies are sent for these objects'
complete -c meshctl -n "__fish_meshctl_using_subcommand xds; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and not __fish_seen_subcommand_from build save help" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and not __fish_seen_subcommand_from build save help" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and not __fish_seen_subcommand_from build save help" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and not __fish_seen_subcommand_from build save help" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and not __fish_seen_subcommand_from build save help" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and not __fish_seen_subcommand_from build save help" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and not __fish_seen_subcommand_from build save help" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and not __fish_seen_subcommand_from build save help" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and not __fish_seen_subcommand_from build save help" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and not __fish_seen_subcommand_from build save help" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and not __fish_seen_subcommand_from build save help" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and not __fish_seen_subcommand_from build save help" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and not __fish_seen_subcommand_from build save help" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and not __fish_seen_subcommand_from build save help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and not __fish_seen_subcommand_from build save help" -f -a "build" -d 'Write the images into a folder with an OCI image layout'
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and not __fish_seen_subcommand_from build save help" -f -a "save" -d 'Write the images into one archive, for `ctr images import`, `docker load` or `podman load`'
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and not __fish_seen_subcommand_from build save help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from build" -s o -l output -d 'The folder to write' -r -f -a "(__fish_complete_directories)"
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from build" -l hub -d 'Instead of `localhost/meshctl`' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from build" -l tag -d 'The images\' tag' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from build" -l programs -d 'The folder with the programs [default: that of this program]' -r -f -a "(__fish_complete_directories)"
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from build" -l compression -d 'How layers are packed' -r -f -a "gzip\t'Small'
none\t'Quick'"
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from build" -l table -d 'Another table of images' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from build" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from build" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from build" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from build" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from build" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from build" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from build" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from build" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from build" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from build" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from build" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from build" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from build" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from build" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from save" -s o -l output -d 'The archive to write, or `-` for standard output' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from save" -l hub -d 'Instead of `localhost/meshctl`' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from save" -l tag -d 'The images\' tag' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from save" -l programs -d 'The folder with the programs [default: that of this program]' -r -f -a "(__fish_complete_directories)"
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from save" -l compression -d 'How layers are packed' -r -f -a "gzip\t'Small'
none\t'Quick'"
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from save" -l table -d 'Another table of images' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from save" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from save" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from save" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from save" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from save" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from save" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from save" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from save" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from save" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from save" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from save" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from save" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from save" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from save" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from help" -f -a "build" -d 'Write the images into a folder with an OCI image layout'
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from help" -f -a "save" -d 'Write the images into one archive, for `ctr images import`, `docker load` or `podman load`'
complete -c meshctl -n "__fish_meshctl_using_subcommand images; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand version" -l remote -d 'Ask the cluster too' -r -f -a "true\t''
false\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand version" -s s -l short -d 'Only the version numbers' -r -f -a "true\t''
false\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand version" -s o -l output -d 'Output format' -r -f -a "table\t''
json\t''
yaml\t''
jsonpath=\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand version" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand version" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand version" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand version" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand version" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand version" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand version" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand version" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand version" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand version" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand version" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand version" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand version" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand version" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand completion" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand completion" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand completion" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand completion" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand completion" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand completion" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand completion" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand completion" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand completion" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand completion" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand completion" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand completion" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand completion" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand completion" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and not __fish_seen_subcommand_from sandbox install manifest uninstall ns describe check analyze ci authz proxy-status validate top report ztunnel-config verify precheck status bug-report snapshot wait waypoint xds images version completion help" -f -a "sandbox" -d 'Run a whole mesh on this machine'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and not __fish_seen_subcommand_from sandbox install manifest uninstall ns describe check analyze ci authz proxy-status validate top report ztunnel-config verify precheck status bug-report snapshot wait waypoint xds images version completion help" -f -a "install" -d 'Install or upgrade the mesh'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and not __fish_seen_subcommand_from sandbox install manifest uninstall ns describe check analyze ci authz proxy-status validate top report ztunnel-config verify precheck status bug-report snapshot wait waypoint xds images version completion help" -f -a "manifest" -d 'Print or write what would be installed'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and not __fish_seen_subcommand_from sandbox install manifest uninstall ns describe check analyze ci authz proxy-status validate top report ztunnel-config verify precheck status bug-report snapshot wait waypoint xds images version completion help" -f -a "uninstall" -d 'Take the mesh out again'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and not __fish_seen_subcommand_from sandbox install manifest uninstall ns describe check analyze ci authz proxy-status validate top report ztunnel-config verify precheck status bug-report snapshot wait waypoint xds images version completion help" -f -a "ns" -d 'Bring namespaces into the mesh, take them out, see what is in'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and not __fish_seen_subcommand_from sandbox install manifest uninstall ns describe check analyze ci authz proxy-status validate top report ztunnel-config verify precheck status bug-report snapshot wait waypoint xds images version completion help" -f -a "describe" -d 'Explain what the mesh makes of a pod or service'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and not __fish_seen_subcommand_from sandbox install manifest uninstall ns describe check analyze ci authz proxy-status validate top report ztunnel-config verify precheck status bug-report snapshot wait waypoint xds images version completion help" -f -a "check" -d 'Check that the mesh is well, or that a cluster is ready for it'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and not __fish_seen_subcommand_from sandbox install manifest uninstall ns describe check analyze ci authz proxy-status validate top report ztunnel-config verify precheck status bug-report snapshot wait waypoint xds images version completion help" -f -a "analyze" -d 'Find what is accepted and does not do what its author thinks'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and not __fish_seen_subcommand_from sandbox install manifest uninstall ns describe check analyze ci authz proxy-status validate top report ztunnel-config verify precheck status bug-report snapshot wait waypoint xds images version completion help" -f -a "ci" -d 'Check manifests in a pipeline: definitions, findings and expectations, one exit code'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and not __fish_seen_subcommand_from sandbox install manifest uninstall ns describe check analyze ci authz proxy-status validate top report ztunnel-config verify precheck status bug-report snapshot wait waypoint xds images version completion help" -f -a "authz" -d 'Ask what policy says to a connection, before it is made'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and not __fish_seen_subcommand_from sandbox install manifest uninstall ns describe check analyze ci authz proxy-status validate top report ztunnel-config verify precheck status bug-report snapshot wait waypoint xds images version completion help" -f -a "proxy-status" -d 'Show which proxies are connected, and whether they are up to date'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and not __fish_seen_subcommand_from sandbox install manifest uninstall ns describe check analyze ci authz proxy-status validate top report ztunnel-config verify precheck status bug-report snapshot wait waypoint xds images version completion help" -f -a "validate" -d 'Validate mesh objects in files, without a cluster'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and not __fish_seen_subcommand_from sandbox install manifest uninstall ns describe check analyze ci authz proxy-status validate top report ztunnel-config verify precheck status bug-report snapshot wait waypoint xds images version completion help" -f -a "top" -d 'Show the CPU and memory that the mesh itself uses'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and not __fish_seen_subcommand_from sandbox install manifest uninstall ns describe check analyze ci authz proxy-status validate top report ztunnel-config verify precheck status bug-report snapshot wait waypoint xds images version completion help" -f -a "report" -d 'Show what the mesh encrypts, what it costs and what it saves, as pages to hand on'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and not __fish_seen_subcommand_from sandbox install manifest uninstall ns describe check analyze ci authz proxy-status validate top report ztunnel-config verify precheck status bug-report snapshot wait waypoint xds images version completion help" -f -a "ztunnel-config" -d 'Show what the node proxies know'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and not __fish_seen_subcommand_from sandbox install manifest uninstall ns describe check analyze ci authz proxy-status validate top report ztunnel-config verify precheck status bug-report snapshot wait waypoint xds images version completion help" -f -a "verify" -d 'Compare the installation with what was meant, then check that it is well'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and not __fish_seen_subcommand_from sandbox install manifest uninstall ns describe check analyze ci authz proxy-status validate top report ztunnel-config verify precheck status bug-report snapshot wait waypoint xds images version completion help" -f -a "precheck" -d 'Check that a cluster is ready for the mesh'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and not __fish_seen_subcommand_from sandbox install manifest uninstall ns describe check analyze ci authz proxy-status validate top report ztunnel-config verify precheck status bug-report snapshot wait waypoint xds images version completion help" -f -a "status" -d 'Show each part of the mesh, and what is wrong'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and not __fish_seen_subcommand_from sandbox install manifest uninstall ns describe check analyze ci authz proxy-status validate top report ztunnel-config verify precheck status bug-report snapshot wait waypoint xds images version completion help" -f -a "bug-report" -d 'Write an archive for those who are to find out what is wrong; secrets redacted'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and not __fish_seen_subcommand_from sandbox install manifest uninstall ns describe check analyze ci authz proxy-status validate top report ztunnel-config verify precheck status bug-report snapshot wait waypoint xds images version completion help" -f -a "snapshot" -d 'Save the mesh at one moment, show it, compare two'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and not __fish_seen_subcommand_from sandbox install manifest uninstall ns describe check analyze ci authz proxy-status validate top report ztunnel-config verify precheck status bug-report snapshot wait waypoint xds images version completion help" -f -a "wait" -d 'Wait until what was applied has reached every node proxy'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and not __fish_seen_subcommand_from sandbox install manifest uninstall ns describe check analyze ci authz proxy-status validate top report ztunnel-config verify precheck status bug-report snapshot wait waypoint xds images version completion help" -f -a "waypoint" -d 'Ask for waypoints, list them, see what uses them'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and not __fish_seen_subcommand_from sandbox install manifest uninstall ns describe check analyze ci authz proxy-status validate top report ztunnel-config verify precheck status bug-report snapshot wait waypoint xds images version completion help" -f -a "xds" -d 'Show what the control plane sends to node proxies'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and not __fish_seen_subcommand_from sandbox install manifest uninstall ns describe check analyze ci authz proxy-status validate top report ztunnel-config verify precheck status bug-report snapshot wait waypoint xds images version completion help" -f -a "images" -d 'Write OCI images of the mesh\'s programs'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and not __fish_seen_subcommand_from sandbox install manifest uninstall ns describe check analyze ci authz proxy-status validate top report ztunnel-config verify precheck status bug-report snapshot wait waypoint xds images version completion help" -f -a "version" -d 'Show the versions of client, control plane and data plane'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and not __fish_seen_subcommand_from sandbox install manifest uninstall ns describe check analyze ci authz proxy-status validate top report ztunnel-config verify precheck status bug-report snapshot wait waypoint xds images version completion help" -f -a "completion" -d 'Print the completion script of a shell'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and not __fish_seen_subcommand_from sandbox install manifest uninstall ns describe check analyze ci authz proxy-status validate top report ztunnel-config verify precheck status bug-report snapshot wait waypoint xds images version completion help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from sandbox" -f -a "up" -d 'Start a small cluster on this machine, without root and without touching the machine'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from sandbox" -f -a "down" -d 'End a sandbox and remove all it left'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from sandbox" -f -a "status" -d 'Show which sandboxes run'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from sandbox" -f -a "env" -d 'Print the line that makes kubectl and meshctl use a sandbox'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from sandbox" -f -a "exec" -d 'Run a command in a pod of a sandbox'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from sandbox" -f -a "demo" -d 'Show the whole of it: install, enrol, encrypt, inspect'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from sandbox" -f -a "load" -d 'Move traffic between pods; what the image `meshctl` runs'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from sandbox" -f -a "sniff" -d 'Count what travels between the nodes'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from manifest" -f -a "generate" -d 'Print or write everything that `install` would apply'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from manifest" -f -a "template" -d 'Render one chart, built-in or from a folder, as `helm template` does'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from ns" -f -a "enroll" -d 'Bring namespaces into the mesh'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from ns" -f -a "plan" -d 'Show what enrolling would change, and the network policies it needs; changes nothing'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from ns" -f -a "repair" -d 'Bring pods in that should be in and are not, the least disturbing way first'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from ns" -f -a "unenroll" -d 'Take namespaces out of the mesh'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from ns" -f -a "list" -d 'List namespaces and how much of each is in the mesh'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from ns" -f -a "status" -d 'Show each pod of a namespace, and why it is in the mesh or not'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from describe" -f -a "pod" -d 'Ask why a pod is in the mesh or not, question by question'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from describe" -f -a "service" -d 'Show a service\'s endpoints, waypoint and policies'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from authz" -f -a "simulate" -d 'Say what policy would do with one connection, and which rule decides'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from authz" -f -a "test" -d 'Check expectations in a file'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from authz" -f -a "diff" -d 'List the pairs whose verdict changes between two sets of policies'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from authz" -f -a "who-can-reach" -d 'List who may connect to a destination'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from authz" -f -a "reach-from" -d 'List what a source may connect to'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from authz" -f -a "coverage" -d 'Find rules without effect and workloads without policy'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from authz" -f -a "why" -d 'Explain a denied connection of an access log, and the smallest change that would allow it'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from report" -f -a "mtls" -d 'Show which share of connections is encrypted, by pair of namespaces, and plaintext peers by name'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from report" -f -a "resources" -d 'Show what each part of the mesh uses and reserves'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from report" -f -a "savings" -d 'Compare the mesh with a sidecar in each pod'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from ztunnel-config" -f -a "workload" -d 'Show workloads, their addresses and protocols'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from ztunnel-config" -f -a "service" -d 'Show services, their addresses and endpoints'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from ztunnel-config" -f -a "policy" -d 'Show authorization policies'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from ztunnel-config" -f -a "certificate" -d 'Show certificates and their validity'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from ztunnel-config" -f -a "connections" -d 'Show live connections'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from ztunnel-config" -f -a "all" -d 'Show everything'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from ztunnel-config" -f -a "log" -d 'Read or change the log levels of the node proxies'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from verify" -f -a "ns" -d 'Check that everything in a namespace that should be in the mesh is in, and works'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from snapshot" -f -a "save" -d 'Write the mesh at this moment into a file'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from snapshot" -f -a "show" -d 'Show what a snapshot holds'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from snapshot" -f -a "diff" -d 'List what differs between two snapshots; exit 1 if anything does'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from waypoint" -f -a "apply" -d 'Ask for a waypoint, and let a namespace use it'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from waypoint" -f -a "generate" -d 'Print the Gateway that asks for a waypoint'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from waypoint" -f -a "list" -d 'List waypoints'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from waypoint" -f -a "status" -d 'Show whether waypoints are ready, and what uses them'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from waypoint" -f -a "delete" -d 'Delete waypoints'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from xds" -f -a "dump" -d 'Print the resources that node proxies are sent for these objects'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from images" -f -a "build" -d 'Write the images into a folder with an OCI image layout'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from images" -f -a "save" -d 'Write the images into one archive, for `ctr images import`, `docker load` or `podman load`'
