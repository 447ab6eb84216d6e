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
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "ztunnel-config" -d 'Show what the node proxies know'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "zc" -d 'Show what the node proxies know'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "version" -d 'Show the versions of client, control plane and data plane'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "completion" -d 'Print the completion script of a shell'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status demo load sniff help" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status demo load sniff help" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status demo load sniff help" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status demo load sniff help" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status demo load sniff help" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status demo load sniff help" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status demo load sniff help" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status demo load sniff help" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status demo load sniff help" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status demo load sniff help" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status demo load sniff help" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status demo load sniff help" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status demo load sniff help" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status demo load sniff help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status demo load sniff help" -f -a "up" -d 'Start the nodes of a sandbox'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status demo load sniff help" -f -a "down" -d 'End a sandbox and remove all it left'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status demo load sniff help" -f -a "status" -d 'Show which sandboxes run'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status demo load sniff help" -f -a "demo" -d 'Show the whole of it: install, enrol, encrypt, inspect'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status demo load sniff help" -f -a "load" -d 'Move traffic between pods; what the image `meshctl` runs'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status demo load sniff help" -f -a "sniff" -d 'Count what travels between the nodes'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status demo load sniff help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
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
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from help" -f -a "up" -d 'Start the nodes of a sandbox'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from help" -f -a "down" -d 'End a sandbox and remove all it left'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from help" -f -a "status" -d 'Show which sandboxes run'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from help" -f -a "demo" -d 'Show the whole of it: install, enrol, encrypt, inspect'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from help" -f -a "load" -d 'Move traffic between pods; what the image `meshctl` runs'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from help" -f -a "sniff" -d 'Count what travels between the nodes'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -f -a "workload" -d 'Show workloads, their addresses and protocols'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -f -a "service" -d 'Show services, their addresses and endpoints'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -f -a "policy" -d 'Show authorization policies'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -f -a "certificate" -d 'Show certificates and their validity'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -f -a "connections" -d 'Show live connections'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -f -a "all" -d 'Show everything'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from workload" -l node -d 'Ask the ztunnel of this node' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from workload" -s f -l file -d 'Read the dump from a file; - is standard input' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from workload" -s o -l output -d 'Output format' -r -f -a "short\t''
json\t''
yaml\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from workload" -l proxy-admin-port -d 'The admin port inside the pod' -r
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
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from workload" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from workload" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from workload" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from service" -l node -d 'Ask the ztunnel of this node' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from service" -s f -l file -d 'Read the dump from a file; - is standard input' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from service" -s o -l output -d 'Output format' -r -f -a "short\t''
json\t''
yaml\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from service" -l proxy-admin-port -d 'The admin port inside the pod' -r
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
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from service" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from service" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from service" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from policy" -l node -d 'Ask the ztunnel of this node' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from policy" -s f -l file -d 'Read the dump from a file; - is standard input' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from policy" -s o -l output -d 'Output format' -r -f -a "short\t''
json\t''
yaml\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from policy" -l proxy-admin-port -d 'The admin port inside the pod' -r
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
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from policy" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from policy" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from policy" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from certificate" -l node -d 'Ask the ztunnel of this node' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from certificate" -s f -l file -d 'Read the dump from a file; - is standard input' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from certificate" -s o -l output -d 'Output format' -r -f -a "short\t''
json\t''
yaml\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from certificate" -l proxy-admin-port -d 'The admin port inside the pod' -r
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
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from certificate" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from certificate" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from certificate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from connections" -l node -d 'Ask the ztunnel of this node' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from connections" -s f -l file -d 'Read the dump from a file; - is standard input' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from connections" -s o -l output -d 'Output format' -r -f -a "short\t''
json\t''
yaml\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from connections" -l proxy-admin-port -d 'The admin port inside the pod' -r
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
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from connections" -l raw -d 'Leave addresses as they are'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from connections" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from connections" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from connections" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from all" -l node -d 'Ask the ztunnel of this node' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from all" -s f -l file -d 'Read the dump from a file; - is standard input' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from all" -s o -l output -d 'Output format' -r -f -a "short\t''
json\t''
yaml\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from all" -l proxy-admin-port -d 'The admin port inside the pod' -r
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
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from help" -f -a "workload" -d 'Show workloads, their addresses and protocols'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from help" -f -a "service" -d 'Show services, their addresses and endpoints'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from help" -f -a "policy" -d 'Show authorization policies'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from help" -f -a "certificate" -d 'Show certificates and their validity'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from help" -f -a "connections" -d 'Show live connections'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from help" -f -a "all" -d 'Show everything'
complete -c meshctl -n "__fish_meshctl_using_subcommand ztunnel-config; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -f -a "workload" -d 'Show workloads, their addresses and protocols'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -f -a "service" -d 'Show services, their addresses and endpoints'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -f -a "policy" -d 'Show authorization policies'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -f -a "certificate" -d 'Show certificates and their validity'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -f -a "connections" -d 'Show live connections'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -f -a "all" -d 'Show everything'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and not __fish_seen_subcommand_from workload service policy certificate connections all help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from workload" -l node -d 'Ask the ztunnel of this node' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from workload" -s f -l file -d 'Read the dump from a file; - is standard input' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from workload" -s o -l output -d 'Output format' -r -f -a "short\t''
json\t''
yaml\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from workload" -l proxy-admin-port -d 'The admin port inside the pod' -r
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
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from workload" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from workload" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from workload" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from service" -l node -d 'Ask the ztunnel of this node' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from service" -s f -l file -d 'Read the dump from a file; - is standard input' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from service" -s o -l output -d 'Output format' -r -f -a "short\t''
json\t''
yaml\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from service" -l proxy-admin-port -d 'The admin port inside the pod' -r
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
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from service" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from service" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from service" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from policy" -l node -d 'Ask the ztunnel of this node' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from policy" -s f -l file -d 'Read the dump from a file; - is standard input' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from policy" -s o -l output -d 'Output format' -r -f -a "short\t''
json\t''
yaml\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from policy" -l proxy-admin-port -d 'The admin port inside the pod' -r
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
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from policy" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from policy" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from policy" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from certificate" -l node -d 'Ask the ztunnel of this node' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from certificate" -s f -l file -d 'Read the dump from a file; - is standard input' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from certificate" -s o -l output -d 'Output format' -r -f -a "short\t''
json\t''
yaml\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from certificate" -l proxy-admin-port -d 'The admin port inside the pod' -r
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
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from certificate" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from certificate" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from certificate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from connections" -l node -d 'Ask the ztunnel of this node' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from connections" -s f -l file -d 'Read the dump from a file; - is standard input' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from connections" -s o -l output -d 'Output format' -r -f -a "short\t''
json\t''
yaml\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from connections" -l proxy-admin-port -d 'The admin port inside the pod' -r
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
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from connections" -l raw -d 'Leave addresses as they are'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from connections" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from connections" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from connections" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from all" -l node -d 'Ask the ztunnel of this node' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from all" -s f -l file -d 'Read the dump from a file; - is standard input' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from all" -s o -l output -d 'Output format' -r -f -a "short\t''
json\t''
yaml\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from all" -l proxy-admin-port -d 'The admin port inside the pod' -r
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
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from help" -f -a "workload" -d 'Show workloads, their addresses and protocols'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from help" -f -a "service" -d 'Show services, their addresses and endpoints'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from help" -f -a "policy" -d 'Show authorization policies'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from help" -f -a "certificate" -d 'Show certificates and their validity'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from help" -f -a "connections" -d 'Show live connections'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from help" -f -a "all" -d 'Show everything'
complete -c meshctl -n "__fish_meshctl_using_subcommand zc; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand version" -l remote -d 'Ask the cluster too' -r -f -a "true\t''
false\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand version" -s s -l short -d 'Only the version numbers' -r -f -a "true\t''
false\t''"
complete -c meshctl -n "__fish_meshctl_using_subcommand version" -s o -l output -d 'Output format' -r -f -a "json\t''
yaml\t''"
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
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and not __fish_seen_subcommand_from sandbox ztunnel-config version completion help" -f -a "sandbox" -d 'Run a whole mesh on this machine'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and not __fish_seen_subcommand_from sandbox ztunnel-config version completion help" -f -a "ztunnel-config" -d 'Show what the node proxies know'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and not __fish_seen_subcommand_from sandbox ztunnel-config version completion help" -f -a "version" -d 'Show the versions of client, control plane and data plane'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and not __fish_seen_subcommand_from sandbox ztunnel-config version completion help" -f -a "completion" -d 'Print the completion script of a shell'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and not __fish_seen_subcommand_from sandbox ztunnel-config version completion help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from sandbox" -f -a "up" -d 'Start the nodes of a sandbox'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from sandbox" -f -a "down" -d 'End a sandbox and remove all it left'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from sandbox" -f -a "status" -d 'Show which sandboxes run'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from sandbox" -f -a "demo" -d 'Show the whole of it: install, enrol, encrypt, inspect'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from sandbox" -f -a "load" -d 'Move traffic between pods; what the image `meshctl` runs'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from sandbox" -f -a "sniff" -d 'Count what travels between the nodes'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from ztunnel-config" -f -a "workload" -d 'Show workloads, their addresses and protocols'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from ztunnel-config" -f -a "service" -d 'Show services, their addresses and endpoints'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from ztunnel-config" -f -a "policy" -d 'Show authorization policies'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from ztunnel-config" -f -a "certificate" -d 'Show certificates and their validity'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from ztunnel-config" -f -a "connections" -d 'Show live connections'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and __fish_seen_subcommand_from ztunnel-config" -f -a "all" -d 'Show everything'
