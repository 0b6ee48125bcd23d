"""What the Pulumi engine runs to start the policy pack."""

import gc

gc.disable()  # pulumi has made a hundred thousand objects that stay: to look for cycles among them takes longer than to start
from policies.pulumi_pack import main  # noqa: E402

main()
