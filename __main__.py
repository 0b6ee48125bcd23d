"""What the Pulumi engine runs to start the policy pack."""

from policies.pulumi_pack import main

main()
