# The README, block by block: commands are run, configurations are loaded,
# directives are held against the module's table.  A block that this test does
# not know fails it.

use strict;
use warnings;

use Cwd qw(abs_path);
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Test::More;

use Inv::Blocks qw(kind_of commands_of expected_statuses run_commands);
use Inv::Markdown;
use Inv::Test;

my $root = abs_path("$FindBin::Bin/../..");
my $readme = Inv::Markdown->new($root, 'README.md');

# Commands that are run by somebody else: what runs them.
my %elsewhere = (
    'make run'                            => 't/documents/run.t',
    'make build'                          => 't/documents/run.t',
    'make build NGINX_SRC=/usr/src/nginx' => 't/documents/run.t',
    'make deb'                            => 'make deb-test',
    'sudo apt install ./build/deb/libnginx-mod-http-inventory_*.deb' =>
        'make deb-test',
    'make test'                           => '.ci/run',
    'make check'                          => '.ci/run',
    'make unit'                           => 'stage unit of make test',
    'make documents'                      => 'stage documents of make test',
    'make sim'                            => 'stage sim of make test',
    'make chaos'                          => 'stage asan-chaos of make test',
    'make coherence'                      => 'stage coherence of make test',
    'make fuzz'                           => 'stage fuzz of make test',
    'make plans'                          => 'make test-all',
    'make test-all'                       => 'by hand: two more Debians',
    'make bench'                          => 'by hand: it wants the machine',
    'make soak'                           => 'by hand: it takes its time',
);

# Blocks that nothing can run: how each begins, and where its subject is tested.
my %texts = (
    'redis://[[user]:password@]host' => 't/unit/test_redis_url.c',
    'ACL SETUSER shop on'            => 't/http/redis_servers.t',
);

sub slurp {
    my ($file) = @_;
    open my $in, '<', "$root/$file" or die "$file: $!\n";
    local $/;
    return scalar <$in>;
}

my %targets = map { $_ => 1 } slurp('Makefile') =~ /^([a-z][a-z-]*):/mg;
my $source = slurp('src/ngx_inventory_module.c');

# The module's directives, and where each may stand.
my %context = (MAIN => 'http', SRV => 'server', LOC => 'location');
my %directive;
while ($source =~ /ngx_string\("(inventory_\w+)"\),(.*?)\},/sg) {
    my ($name, $row) = ($1, $2);
    $directive{$name} = join ', ', map { $context{$_} }
        grep { $row =~ /NGX_HTTP_${_}_CONF\b/ } qw(MAIN SRV LOC);
}

my $t = Inv::Test->new;
my %own = (
    inventory_metrics => 'location /metrics { inventory_metrics; }',
    inventory_docs    => 'location /docs/ { inventory_docs; }',
);
$t->run(
    locations => join "\n",
    'location /api/ { inventory_api; }',
    'location /health { inventory_health; }',
    'location /office/ { inventory_api; inventory_admin on; }',
    map { $own{$_} } grep { $directive{$_} } sort keys %own
);
my %checks = (
    directive => \&check_directive,
    json      => \&check_json,
    nginx     => \&check_nginx,
    shell     => \&check_shell,
    text      => \&check_text,
);
my %documented;

for my $block ($readme->blocks) {
    my $check = $checks{ kind_of($block) };
    my $name = "README.md:$block->{line}, $block->{heading}";
    if ($check) {
        subtest $name => sub { $check->($block) };
    } else {
        fail("$name: nobody knows what this is: " . kind_of($block));
    }
}
is_deeply([ sort keys %documented ], [ sort keys %directive ],
    'every directive of the module has its place');

sub check_directive {
    my ($block) = @_;
    my %said = $block->{text} =~ /^(Syntax|Default|Context):[ ]+(.*)$/mg;
    my ($name) = $said{Syntax} =~ /^(\w+)/;
    $documented{$name} = 1;
    is($name, $block->{heading}, 'under its own name');
    ok(exists $directive{$name}, 'the module has it');
    is($said{Context}, $directive{$name}, 'and it may stand there');
    return if $said{Default} !~ /^inventory_/ || $said{Default} =~ /\$/;
    my ($ok, $output) = $t->check_config(directives => '',
        http => $said{Default});
    ok($ok, 'its default can be written') or diag($output);
    return;
}

sub check_json {
    my ($block) = @_;
    ok(eval { JSON::PP->new->utf8(0)->decode($block->{text}); 1 }, 'it is JSON')
        or diag($@);
    return;
}

# A whole configuration, or a part that fits somewhere.
sub check_nginx {
    my ($block) = @_;
    my $text = $block->{text};
    my $module = Inv::Nginx::module();
    my $dir = $t->dir . '/check';
    $text =~ s/^load_module .*;\n/load_module $module;\n/m;
    my @configurations
        = $text =~ /^http \{/m || $text =~ /\A\s*load_module[^\n]*\n\s*\z/
        ? ("error_log $dir/error.log; pid $dir/nginx.pid;\n"
            . $text . ($text =~ /^events/m ? '' : "\nevents {}\n"))
        : map { $t->config(directives => '', %{$_}) } (
            { locations => $text },
            { server => $text, locations => '' },
            { http   => $text, locations => '' },
            { main   => $text, locations => '' },
        );
    my $said = '';
    for my $configuration (@configurations) {
        my ($ok, $output) = $t->check_text($configuration);
        return pass('nginx takes it') if $ok;
        $said .= $output;
    }
    fail('nginx takes it');
    diag($said);
    return;
}

sub check_shell {
    my ($block) = @_;
    my @commands = commands_of($block->{text});
    my @own = grep { !exists $elsewhere{$_} } @commands;
    for my $command (grep { exists $elsewhere{$_} } @commands) {
        my ($target) = $command =~ /^make (\S+)/;
        ok(!defined $target || $targets{$target},
            "$command is run by $elsewhere{$command}");
    }
    return if !@own;
    return fail("nobody knows who runs: $_") for grep {/^make\b/} @own;
    my $modules = $t->dir . '/modules';
    mkdir $modules;
    my $ran = run_commands(
        join("\n", @own),
        dir     => $root,
        scratch => $t->dir,
        replace => [
            [ '127.0.0.1:8080',          '127.0.0.1:' . $t->port ],
            [ '/usr/lib/nginx/modules/', "$modules/" ],
        ],
    );
    ok($ran->{ok}, 'it runs') or diag($ran->{output});
    my @expected = expected_statuses($block->{text});
    my @got = @{ $ran->{statuses} };
    for my $i (0 .. $#expected) {
        $expected[$i] //= ($got[$i] // '') =~ /^[23]/ ? $got[$i] : '2xx';
    }
    is("@got", "@expected", 'and is answered as it says');
    return;
}

sub check_text {
    my ($block) = @_;
    my ($known) = grep { index($block->{text}, $_) == 0 } keys %texts;
    ok($known, 'it is known') or return diag($block->{text});
    ok(-e "$root/$texts{$known}", "$texts{$known} is about it");
    return;
}

# Where the packaged nginx looks for what `sudo install` has put there.
like(scalar `nginx -V 2>&1`, qr{--modules-path=/usr/lib/nginx/modules\b},
    "modules lie where the README's line puts them");

$t->done;
