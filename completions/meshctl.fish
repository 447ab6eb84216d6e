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
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "version" -d 'Show the versions of client, control plane and data plane'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "completion" -d 'Print the completion script of a shell'
complete -c meshctl -n "__fish_meshctl_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox" -s c -l kubeconfig -d 'Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]' -r -F
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox" -l context -d 'Context of the kubeconfig' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox" -s n -l namespace -d 'Namespace of the object meant' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox" -s i -l istioNamespace -d 'Namespace of the control plane [default: istio-system]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox" -l as -d 'User to impersonate' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox" -l as-uid -d 'UID to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox" -l as-group -d 'Group to impersonate; counts only together with --as' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox" -l kubeclient-timeout -d 'Time limit of one API request [default: 15s]' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox" -l request-timeout -d 'kubectl\'s spelling of --kubeclient-timeout; 0 means none' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox" -l vklog -d 'Verbosity of the API client' -r
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox" -l color -d 'When to use colour' -r -f -a "auto\t'Only on a terminal that can'
always\t'Always'
never\t'Never'"
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox" -s q -l quiet -d 'Say nothing about progress'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox" -l no-input -d 'Never ask'
complete -c meshctl -n "__fish_meshctl_using_subcommand sandbox" -s h -l help -d 'Print help (see more with \'--help\')'
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
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and not __fish_seen_subcommand_from sandbox version completion help" -f -a "sandbox" -d 'Run a whole mesh on this machine'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and not __fish_seen_subcommand_from sandbox version completion help" -f -a "version" -d 'Show the versions of client, control plane and data plane'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and not __fish_seen_subcommand_from sandbox version completion help" -f -a "completion" -d 'Print the completion script of a shell'
complete -c meshctl -n "__fish_meshctl_using_subcommand help; and not __fish_seen_subcommand_from sandbox version completion help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
