#!/bin/sh
# A git server's pre-receive hook, as a file. "zhongbao freeze hook install REPOSITORY" writes one like it with your
# own paths. Put it into hooks/pre-receive of the bare repository, mode 0755, owned by the server's administrator.
# Everything the hook believes is named here; nothing comes from the push. Push with a permit:
#   git push -o zhongbao-permit=CR-games-0007-P1 origin main
unset ZHONGBAO_TRUST ZHONGBAO_WORKSPACE ZHONGBAO_COMPILED ZHONGBAO_RECEIPTS ZHONGBAO_DEBUG
exec zhongbao --workspace /srv/zhongbao/policy --trust /etc/zhongbao/trust.d/games.json \
  freeze hook pre-receive --door git --permits /srv/zhongbao/permits --free 'refs/heads/wip/*'
