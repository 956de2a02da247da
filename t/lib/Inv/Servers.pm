package Inv::Servers;

# The real servers: the common ones (of the environment, else the development
# instance of tools/servers), and private ones that a test may kill.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);

my $root = $ENV{TEST_ROOT} // dirname(dirname(dirname(dirname(
    abs_path(__FILE__)))));
my $owner = $$;
my %common;

sub mongo_uri {
    return $ENV{MONGO_URI} // $ENV{MONGO_URL} // _common()->{MONGO_URI};
}

sub redis_url { return $ENV{REDIS_URL} // _common()->{REDIS_URL} }

sub _common {
    if (!%common) {
        _tool('start');
        %common = _tool('env') =~ /^(\w+)=(.*)$/mg;
    }
    return \%common;
}

# Output of tools/servers; dies when it fails.
sub _tool {
    my (@words) = @_;
    open my $out, '-|', "$root/tools/servers", @words
        or die "tools/servers: $!\n";
    local $/;
    my $text = <$out> // '';
    close $out or die "tools/servers @words failed\n";
    return $text;
}

# The URI with another database; the one that credentials belong to stays.
sub with_database {
    my ($uri, $database) = @_;
    my ($scheme, $login, $hosts, $old, $options)
        = $uri =~ m{^(mongodb(?:\+srv)?://)([^/?]*@)?([^/?]+)
                     (?:/([^?]*))?(?:\?(.*))?$}x
        or die "not a MongoDB URI\n";
    $login   //= '';
    $options //= '';
    if (length $login && $options !~ /authSource=/i) {
        my $source = length($old // '') ? $old : 'admin';
        $options = join '&', grep {length} $options, "authSource=$source";
    }
    return "$scheme$login$hosts/$database"
        . (length $options ? "?$options" : '');
}

# A private server, `mongo` or `redis`, running.
sub private {
    my ($class, $component) = @_;
    my $self = bless {
        component => $component,
        name      => sprintf('test-%d-%06x', $$, int rand 1 << 24),
    }, $class;
    $self->start;
    my %env = $self->_run('env') =~ /^(\w+)=(.*)$/mg;
    $self->{uri} = $env{ $component eq 'mongo' ? 'MONGO_URI' : 'REDIS_URL' };
    return $self;
}

sub uri { my ($self) = @_; return $self->{uri} }

sub start  { my ($self) = @_; return $self->_run('start') }
sub stop   { my ($self) = @_; return $self->_run('stop') }
sub kill   { my ($self) = @_; return $self->_run('kill') }
sub pause  { my ($self) = @_; return $self->_run('pause') }
sub resume { my ($self) = @_; return $self->_run('resume') }

sub _run {
    my ($self, $command) = @_;
    delete local @ENV{qw(MONGO_URI MONGO_URL REDIS_URL)};
    return _tool($command, $command eq 'env' ? () : $self->{component},
        '--instance', $self->{name});
}

sub DESTROY {
    my ($self) = @_;
    return if $$ != $owner;
    local ($?, $!, $@);
    delete local @ENV{qw(MONGO_URI MONGO_URL REDIS_URL)};
    eval { _tool('destroy', '--instance', $self->{name}) };
    return;
}

1;
