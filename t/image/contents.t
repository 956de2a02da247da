# What the image is made of: little, nothing to compile with, nobody's secrets,
# and a configuration that platforms take for safe.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Find;
use Test::More;

use Inv::Image;

use constant MOST_MEGABYTES => 150;

my $image  = Inv::Image->new($ENV{INV_IMAGE} // die "INV_IMAGE is not set\n");
my $root   = $image->root;
my $config = $image->config;

like($config->{User}, qr/^[1-9][0-9]*:[1-9][0-9]*$/, 'a user, by number');
is_deeply($config->{Entrypoint}, ['/etc/inventory/entrypoint'],
    'the entrypoint, without a shell around it');
is($config->{StopSignal}, 'SIGTERM', 'stopped by TERM');
is($config->{Healthcheck}{Test}[0], 'CMD', 'a health check, without a shell');
ok(-x "$root$config->{Healthcheck}{Test}[1]", 'which is there');
is_deeply([ sort map {s/=.*//r} @{ $config->{Env} } ], [qw(METRICS_PORT PATH PORT)],
    'nothing else in its environment');
ok($config->{Labels}{"org.opencontainers.image.$_"}, "it says its $_")
    for qw(title description licenses version revision);
unlike($config->{Labels}{'org.opencontainers.image.version'}, qr/unknown/,
    'a version');

my ($bytes, @compilers, @headers, @archives, @writable, @mine, %seen) = (0);
my $uid = $config->{User} =~ s/:.*//r;
find(
    {   no_chdir => 1,
        wanted   => sub {
            my ($path) = substr $File::Find::name, length $root;
            my @stat = lstat $File::Find::name or return;
            $bytes += $stat[12] * 512 if !$seen{"$stat[0]:$stat[1]"}++;
            push @mine, $path if $stat[4] == $uid || $stat[5] == $uid;
            return if !-f _;
            push @writable, $path if $stat[2] & 0002;
            push @compilers, $path
                if $path =~ m{/(?:[\w-]*(?:gcc|g\+\+|clang|cpp|tcc)(?:-\d+)?
                    |cc|c\+\+|c99|as|ld|ld\.\w+|make|cc1\w*)$}x;
            # iproute2, which nginx's package wants, has one of its own.
            push @headers, $path
                if $path =~ m{^/usr/(?:local/)?include/(?!iproute2/)};
            push @archives, $path if $path =~ m{/lib[^/]*\.a$};
        }
    },
    $root
);
my $megabytes = $bytes / 1e6;
cmp_ok($megabytes, '<', MOST_MEGABYTES, 'small enough');
diag(sprintf 'the image unpacked: %.1f MB', $megabytes);
is("@compilers", '', 'no compiler, assembler, linker or make');
is("@headers",   '', 'no headers');
is("@archives",  '', 'no static libraries');
is("@mine",      '', 'nothing belongs to the user');
is("@writable",  '', 'no file that everybody may write');

ok(-s "$root/usr/share/doc/ngx_inventory_module/$_", "it comes with $_")
    for qw(LICENSE NOTICE LICENSES/Apache-2.0.txt);

my $needs = qx{chroot $root ldd /usr/lib/nginx/modules/ngx_inventory_module.so};
is($?, 0, 'ldd');
unlike($needs, qr/not found/, 'the module has all its libraries');
my $linked = qx{readelf -d $root/usr/lib/nginx/modules/ngx_inventory_module.so};
is($?, 0, 'readelf');
unlike($linked, qr/NEEDED.*(?:libhiredis|libyajl|libmongoc-|libbson)/,
    'its own are linked in');

done_testing();
